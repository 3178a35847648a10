/** An account may take the numbers of others in a user namespace. See docs/rules/subid-overlap.md. */

import { parseUint } from '#lib/parse-uint.ts';
import { defineRule } from '#model/sensor.ts';
import { type AccountRow, accounts } from '#sensors/accounts.ts';
import { aboutAccount, bob, named } from './account-words.ts';

/** Numbers below it belong to the system and to people: login.defs(5), SUB_UID_MIN. */
const FIRST_SUBID = 65_536;

export default defineRule<AccountRow>({
  id: 'subid-overlap',
  doc: 'A range in subuid or subgid holds numbers of real accounts or groups.',
  on: 'accounts',
  table: accounts,
  attack: ['T1548'],
  types: ['added', 'changed'],
  judge({ change, known }) {
    if (change.type === 'removed' || known) return undefined;
    const row = change.after;
    const range = row.subids.find(reachesIn);
    if (range === undefined || (change.type === 'changed' && change.before.subids.includes(range))) return undefined;
    const about = aboutAccount(row);
    const holdsRoot = /^[ug]id 0\+/.test(range);
    return {
      ...about,
      severity: holdsRoot ? 'critical' : 'high',
      dangerous: true,
      title: `${named(row.name)} may act as ${holdsRoot ? 'root' : 'other accounts'} in a user namespace: range ${range}`,
      why: 'newuidmap lets an account take every number of its range. Ranges begin at 100000 and hold no real account; this one does, so its owner can write their files.',
      facts: { ...about.facts, subids: row.subids },
      next: 'grep -n . /etc/subuid /etc/subgid',
    };
  },
  samples: [
    {
      name: 'a range that holds root',
      judgement: { change: { type: 'changed', before: bob, after: { ...bob, subids: ['uid 0+65536'] } } },
      expect: 'critical',
    },
    {
      name: 'a range that holds people',
      judgement: { change: { type: 'added', after: { ...bob, subids: ['gid 1000+10'] } }, learning: true },
      expect: 'high',
    },
    { name: 'the usual range', judgement: { change: { type: 'added', after: bob } }, expect: undefined },
    {
      name: 'it is known',
      judgement: { change: { type: 'added', after: { ...bob, subids: ['uid 0+1'] } }, known: true },
      expect: undefined,
    },
  ],
});

function reachesIn(range: string): boolean {
  const [, first = '', count = ''] = /^[ug]id (\d+)\+(\d+)$/.exec(range) ?? [];
  const begin = parseUint(first);
  return begin !== undefined && begin < FIRST_SUBID && (parseUint(count) ?? 0) > 0;
}
