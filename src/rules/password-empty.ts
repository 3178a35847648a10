/** An account can be entered without a password. See docs/rules/password-empty.md. */

import { shellQuote } from '#lib/shell-quote.ts';
import { defineRule } from '#model/sensor.ts';
import { type AccountRow, accounts } from '#sensors/accounts.ts';
import { aboutAccount, bob, named } from './account-words.ts';
import { isRootTwin } from './uid-zero-twin.ts';

export default defineRule<AccountRow>({
  id: 'password-empty',
  doc: 'An account that may log in has an empty password.',
  on: 'accounts',
  table: accounts,
  attack: ['T1098', 'T1078.003'],
  types: ['added', 'changed'],
  judge({ change, known }) {
    if (change.type === 'removed' || known || !isOpen(change.after)) return undefined;
    const row = change.after;
    if (change.type === 'changed' ? isOpen(change.before) : isRootTwin(row)) return undefined;
    return {
      ...aboutAccount(row),
      severity: row.uid === 0 ? 'critical' : 'high',
      dangerous: true,
      title: `${named(row.name)} may log in without a password`,
      why: 'The field of its password is empty: login and su ask for nothing where PAM allows it (nullok, as Debian sets it up); sshd does only with PermitEmptyPasswords.',
      next: `passwd -l -- ${shellQuote(row.name)}; passwd -S -- ${shellQuote(row.name)}`,
    };
  },
  samples: [
    {
      name: 'emptied',
      judgement: {
        change: { type: 'changed', before: bob, after: { ...bob, password: 'empty', login: 'without a password' } },
      },
      expect: 'high',
    },
    {
      name: 'root, in the first look',
      judgement: {
        change: {
          type: 'added',
          after: { ...bob, name: 'root', uid: 0, password: 'empty', login: 'without a password' },
        },
        learning: true,
      },
      expect: 'critical',
    },
    {
      name: 'empty, but without a shell',
      judgement: { change: { type: 'added', after: { ...bob, password: 'empty', login: 'no' } } },
      expect: undefined,
    },
    { name: 'a person with a password', judgement: { change: { type: 'added', after: bob } }, expect: undefined },
  ],
});

function isOpen(row: AccountRow): boolean {
  return row.login === 'without a password';
}
