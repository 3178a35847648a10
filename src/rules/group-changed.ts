/** A group came, went, or means something else. See docs/rules/group-changed.md. */

import { defineRule } from '#model/sensor.ts';
import { type GroupRow, groups } from '#sensors/groups.ts';
import { aboutGroup, named, powerOf, sudoers } from './account-words.ts';
import { withFamily } from './file-family.ts';

export default defineRule<GroupRow>({
  id: 'group-changed',
  doc: 'A group was made or removed, lost members, got another number, or a password to join it.',
  on: 'groups',
  table: groups,
  attack: ['T1098.007'],
  types: ['added', 'removed', 'changed'],
  judge({ change, known, learning }) {
    if (learning) return undefined;
    if (change.type === 'removed')
      return known
        ? tell(
            change.before,
            powerOf(change.before) === undefined ? 'low' : 'medium',
            `The group ${named(change.before.name)} was removed`,
            'Its number may be given to another group, with all files that still belong to it.',
          )
        : undefined;
    if (known) return undefined;
    if (change.type === 'added') return arrived(change.after);
    return differs(change.before, change.after);
  },
  samples: [
    {
      name: 'a member became its administrator',
      judgement: {
        change: { type: 'changed', before: sudoers, after: { ...sudoers, admins: [sudoers.members[0] ?? ''] } },
      },
      expect: 'medium',
    },
    {
      name: 'a new group',
      judgement: { change: { type: 'added', after: { ...sudoers, name: 'redis', gid: 120, members: [] } } },
      expect: 'low',
    },
    {
      name: 'a second line of a name',
      judgement: { change: { type: 'added', after: { ...sudoers, nth: 2, members: [] } } },
      expect: 'medium',
    },
    { name: 'removed', judgement: { change: { type: 'removed', before: sudoers }, known: true }, expect: 'medium' },
    {
      name: 'a password to join',
      judgement: { change: { type: 'changed', before: sudoers, after: { ...sudoers, password: 'set' } } },
      expect: 'high',
    },
    {
      name: 'another number',
      judgement: { change: { type: 'changed', before: sudoers, after: { ...sudoers, gid: 28 } } },
      expect: 'high',
    },
    {
      name: 'somebody left',
      judgement: { change: { type: 'changed', before: sudoers, after: { ...sudoers, members: [] } } },
      expect: 'low',
    },
    {
      name: 'somebody came, which group-member-new tells',
      judgement: { change: { type: 'changed', before: sudoers, after: { ...sudoers, members: ['marta', 'bob'] } } },
      expect: undefined,
    },
    {
      name: 'the first look',
      judgement: { change: { type: 'added', after: sudoers }, learning: true },
      expect: undefined,
    },
  ],
});

function tell(row: GroupRow, severity: 'low' | 'medium' | 'high', title: string, why: string) {
  return { ...aboutGroup(row), severity, title, why };
}

function arrived(row: GroupRow) {
  if (row.members.length > 0) return undefined;
  if (row.nth > 1)
    return tell(
      row,
      'medium',
      `A second line for the group ${named(row.name)} stands in /etc/group`,
      'The system merges or passes over second lines, depending on who asks: programs disagree on who is a member.',
    );
  const told = tell(
    row,
    'low',
    `A new group: ${named(row.name)}, number ${row.gid}`,
    'Packages and useradd make groups. Files that belong to its number are its members’ now.',
  );
  return { ...told, folds: withFamily('/etc/group') };
}

function differs(before: GroupRow, after: GroupRow) {
  const power = powerOf(after);
  const name = named(after.name);
  if (before.gid !== after.gid)
    return tell(
      after,
      power === undefined ? 'medium' : 'high',
      `The group ${name} has another number: ${after.gid} instead of ${before.gid}`,
      'Files and devices belong to numbers: its members now have what belongs to that number.',
    );
  if (before.password !== after.password && after.password === 'set')
    return tell(
      after,
      'high',
      `Whoever knows a password may now join the group ${name}`,
      'newgrp asks for the password of the group and makes a member of whoever knows it, without a line in /etc/group.',
    );
  const raised = after.admins.filter((member) => !before.admins.includes(member) && before.members.includes(member));
  if (raised[0] !== undefined)
    return tell(
      after,
      power === undefined ? 'low' : 'medium',
      `${named(raised[0])}${raised.length > 1 ? ` and ${raised.length - 1} more` : ''} may now decide who belongs to group ${name}`,
      'An administrator of a group (gpasswd -A) lets anybody in, without root: what the group may do, they may give away.',
    );
  const left = before.members.filter((member) => !after.members.includes(member));
  const stayed = left[0];
  if (stayed === undefined || after.members.some((member) => !before.members.includes(member))) return undefined;
  const lost = power === undefined ? 'is no longer a member' : 'no longer is a member with what that allows';
  return tell(
    after,
    'low',
    `${named(stayed)}${left.length > 1 ? ` and ${left.length - 1} more` : ''} left the group ${name}`,
    `${named(stayed)} ${lost}. Sessions that are open keep the membership until they end.`,
  );
}
