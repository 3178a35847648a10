/** An account beside root has root's number. See docs/rules/uid-zero-twin.md. */

import { defineRule } from '#model/sensor.ts';
import { type AccountRow, accounts } from '#sensors/accounts.ts';
import { aboutAccount, beforeFacts, bob, loginWords, named } from './account-words.ts';

export default defineRule<AccountRow>({
  id: 'uid-zero-twin',
  doc: 'An account that is not root has user number 0, or root stands twice in passwd.',
  on: 'accounts',
  table: accounts,
  attack: ['T1136.001', 'T1098'],
  types: ['added', 'changed'],
  judge({ change, known }) {
    if (change.type === 'removed' || known || !isRootTwin(change.after)) return undefined;
    const row = change.after;
    if (change.type === 'changed' && isRootTwin(change.before) && change.before.login === row.login) return undefined;
    const about = aboutAccount(row);
    const twice =
      row.name === 'root' ? 'root stands twice in passwd' : `${named(row.name)} is root: its user number is 0`;
    const became =
      change.type === 'changed' && change.before.uid !== 0
        ? `${named(row.name)} became root: its user number is now 0`
        : twice;
    return {
      ...about,
      severity: row.login === 'no' ? 'high' : 'critical',
      dangerous: true,
      title: `${became}; ${loginWords(row)}`,
      why: 'The kernel knows users by number only: this account may do everything that root may, under a name that nobody looks for. No package makes such an account.',
      ...(change.type === 'changed' && { facts: { ...about.facts, ...beforeFacts(change.before, row) } }),
    };
  },
  samples: [
    { name: 'a new one', judgement: { change: { type: 'added', after: { ...bob, uid: 0 } } }, expect: 'critical' },
    {
      name: 'in the first look',
      judgement: { change: { type: 'added', after: { ...bob, uid: 0, sameUid: 'root' } }, learning: true },
      expect: 'critical',
    },
    {
      name: 'an account became root',
      judgement: { change: { type: 'changed', before: bob, after: { ...bob, uid: 0 } } },
      expect: 'critical',
    },
    {
      name: 'a second root without a way in',
      judgement: { change: { type: 'added', after: { ...bob, name: 'root', nth: 2, uid: 0, login: 'no' } } },
      expect: 'high',
    },
    {
      name: 'root itself',
      judgement: { change: { type: 'added', after: { ...bob, name: 'root', uid: 0 } } },
      expect: undefined,
    },
    { name: 'a person', judgement: { change: { type: 'added', after: bob } }, expect: undefined },
    {
      name: 'accepted',
      judgement: { change: { type: 'added', after: { ...bob, uid: 0 } }, known: true },
      expect: undefined,
    },
  ],
});

/** Number 0 under another name, or in a second line of root. */
export function isRootTwin(row: AccountRow): boolean {
  return row.uid === 0 && (row.name !== 'root' || row.nth > 1);
}
