/** An account was removed. See docs/rules/account-gone.md. */

import { defineRule } from '#model/sensor.ts';
import { type AccountRow, accounts } from '#sensors/accounts.ts';
import { aboutAccount, bob, named, wwwData } from './account-words.ts';

export default defineRule<AccountRow>({
  id: 'account-gone',
  doc: 'An account of the baseline is no longer in passwd.',
  on: 'accounts',
  table: accounts,
  attack: ['T1531'],
  types: ['removed'],
  judge({ change, known }) {
    if (change.type !== 'removed' || !known) return undefined;
    const row = change.before;
    const root = row.name === 'root' && row.nth === 1;
    return {
      ...aboutAccount(row),
      severity: root ? 'critical' : row.login.startsWith('with') ? 'low' : 'info',
      title: `The account ${named(row.name)} was removed`,
      why: root
        ? 'Without a line for root nobody can become root in the usual ways, and services that run as root fail.'
        : `Files that belong to user ${row.uid} belong to nobody now, and to whoever gets that number next. Intruders remove accounts to lock people out, and their own to hide that they were there.`,
      next: `find / -xdev -uid ${row.uid} -ls; last -n 5`,
    };
  },
  samples: [
    { name: 'a person', judgement: { change: { type: 'removed', before: bob }, known: true }, expect: 'low' },
    {
      name: 'root',
      judgement: { change: { type: 'removed', before: { ...bob, name: 'root', uid: 0 } }, known: true },
      expect: 'critical',
    },
    {
      name: 'one that was never normal',
      judgement: { change: { type: 'removed', before: wwwData } },
      expect: undefined,
    },
  ],
});
