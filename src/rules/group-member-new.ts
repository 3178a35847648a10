/** An account became a member of a group. See docs/rules/group-member-new.md. */

import { shellQuote } from '#lib/shell-quote.ts';
import { defineRule } from '#model/sensor.ts';
import { type GroupRow, groups } from '#sensors/groups.ts';
import { aboutGroup, isRootlike, named, powerOf, sudoers } from './account-words.ts';

export default defineRule<GroupRow>({
  id: 'group-member-new',
  doc: 'An account became a member, or an administrator, of a group.',
  on: 'groups',
  table: groups,
  attack: ['T1098.007'],
  types: ['added', 'changed'],
  judge({ change, known, learning }) {
    if (change.type === 'removed' || known || learning) return undefined;
    const row = change.after;
    const before = change.type === 'changed' ? change.before : undefined;
    const power = powerOf(row);
    const joined = newIn(before, row, power !== undefined);
    const first = joined[0];
    if (first === undefined) return undefined;
    const more = joined.length > 1 ? ` and ${joined.length - 1} more` : '';
    const about = aboutGroup(row);
    return {
      ...about,
      onlyAsPackaged: isRootlike(row),
      severity: isRootlike(row) ? 'high' : power === undefined ? 'low' : 'medium',
      title: `${named(first)}${more} ${power ?? `may use what belongs to group ${named(row.name)}`}`,
      why: `${joined.map(named).slice(0, 10).join(', ')}: now in group ${named(row.name)}. A membership counts from the next login on, and stays when passwords are changed.`,
      facts: { ...about.facts, joined, ...(before && { membersBefore: before.members }) },
      // By the line of a new account: part of what is told of it.
      ...(!joined.some((name) => row.members.includes(name) || row.admins.includes(name)) && { folds: '/etc/passwd' }),
      next: `gpasswd -d ${shellQuote(first)} ${shellQuote(row.name)}; id -- ${shellQuote(first)}`,
    };
  },
  samples: [
    {
      name: 'sudo',
      judgement: {
        change: { type: 'changed', before: sudoers, after: { ...sudoers, members: ['marta', 'bob'], memberCount: 2 } },
      },
      expect: 'high',
    },
    {
      name: 'docker by primary group',
      judgement: {
        change: {
          type: 'changed',
          before: { ...sudoers, name: 'docker', members: [] },
          after: { ...sudoers, name: 'docker', members: [], primary: ['bob'] },
        },
      },
      expect: 'high',
    },
    {
      name: 'a second line of sudo',
      judgement: { change: { type: 'added', after: { ...sudoers, nth: 2, members: ['bob'] } } },
      expect: 'high',
    },
    {
      name: 'adm',
      judgement: {
        change: {
          type: 'changed',
          before: { ...sudoers, name: 'adm' },
          after: { ...sudoers, name: 'adm', members: ['marta', 'bob'] },
        },
      },
      expect: 'medium',
    },
    {
      name: 'a group of a package',
      judgement: {
        change: {
          type: 'changed',
          before: { ...sudoers, name: 'redis' },
          after: { ...sudoers, name: 'redis', members: ['bob'] },
        },
      },
      expect: 'low',
    },
    {
      name: 'somebody left',
      judgement: { change: { type: 'changed', before: sudoers, after: { ...sudoers, members: [] } } },
      expect: undefined,
    },
    {
      name: 'the group that a new account brings',
      judgement: {
        change: { type: 'added', after: { ...sudoers, name: 'bob', gid: 1001, members: [], primary: ['bob'] } },
      },
      expect: undefined,
    },
  ],
});

/** Who is new in it; primary groups count for groups with power only, for every account has one. */
function newIn(before: GroupRow | undefined, after: GroupRow, powerful: boolean): readonly string[] {
  const all = (row: GroupRow): readonly string[] => [...row.members, ...row.admins, ...(powerful ? row.primary : [])];
  const old = new Set(before === undefined ? [] : all(before));
  return [...new Set(all(after))].filter((name) => !old.has(name) && !(name === 'root' && after.gid === 0));
}
