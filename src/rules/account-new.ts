/** An account was made. See docs/rules/account-new.md. */

import { defineRule } from '#model/sensor.ts';
import { type AccountRow, accounts } from '#sensors/accounts.ts';
import { aboutAccount, bob, loginWords, named, wwwData } from './account-words.ts';
import { isRootTwin } from './uid-zero-twin.ts';

export default defineRule<AccountRow>({
  id: 'account-new',
  doc: 'An account that is not in the baseline stands in passwd.',
  on: 'accounts',
  table: accounts,
  attack: ['T1136.001'],
  types: ['added'],
  judge({ change, known, learning }) {
    if (change.type !== 'added' || known || learning) return undefined;
    const row = change.after;
    // Told by the rules that say what is worse.
    if (isRootTwin(row) || row.login === 'without a password') return undefined;
    if (/^[+-]/.test(row.name) && row.login !== 'by NIS') return undefined;
    const about = aboutAccount(row);
    if (row.login === 'by NIS')
      return {
        ...about,
        severity: 'high',
        onlyAsPackaged: true,
        title: `A line for NIS stands in passwd: ${loginWords(row)}`,
        why: 'Who may log in is now decided by whoever answers for the NIS domain on the network, and NIS proves nothing. Intruders add such a line because many programs pass over it.',
      };
    const doubled = row.nth > 1;
    const title = doubled
      ? `A second line for the account ${named(row.name)} stands in passwd`
      : `A new account: ${loginWords(row)}`;
    return {
      ...about,
      severity: severityOf(row),
      onlyAsPackaged: doubled || isPersons(row),
      title,
      why: doubled
        ? 'The system uses the first line of a name, other programs may use another: two lines make them disagree on who this is.'
        : `User ${row.uid}, home ${named(row.home)}. An account is a way in that stays when the hole that was used is closed. A package makes accounts for its services; a person’s account is made by an administrator.`,
    };
  },
  samples: [
    { name: 'a person', judgement: { change: { type: 'added', after: bob } }, expect: 'medium' },
    { name: 'the user of a service', judgement: { change: { type: 'added', after: wwwData } }, expect: 'low' },
    {
      name: 'a service number that can log in',
      judgement: { change: { type: 'added', after: { ...wwwData, shell: '/bin/bash', login: 'with a password' } } },
      expect: 'high',
    },
    { name: 'a second line', judgement: { change: { type: 'added', after: { ...bob, nth: 2 } } }, expect: 'high' },
    {
      name: 'a line for NIS that counts',
      judgement: { change: { type: 'added', after: { ...bob, name: '+', uid: -1, login: 'by NIS' } } },
      expect: 'high',
    },
    {
      name: 'a line for NIS that nothing reads, which odd-line tells',
      judgement: { change: { type: 'added', after: { ...bob, name: '+', uid: -1, login: 'no' } } },
      expect: undefined,
    },
    { name: 'it is known', judgement: { change: { type: 'added', after: bob }, known: true }, expect: undefined },
    { name: 'the first look', judgement: { change: { type: 'added', after: bob }, learning: true }, expect: undefined },
    {
      name: 'another root, which uid-zero-twin tells',
      judgement: { change: { type: 'added', after: { ...bob, uid: 0 } } },
      expect: undefined,
    },
  ],
});

/** Numbers below 1000 are for services (login.defs(5)): one that can log in is an odd thing. */
function severityOf(row: AccountRow) {
  if (row.nth > 1 || row.sameUid !== '') return 'high';
  if (row.login === 'no') return 'low';
  return row.uid < 1000 ? 'high' : 'medium';
}

/** Packages make users of services, below 1000 (login.defs(5)); a person's is a way in, whoever's script made it. */
function isPersons({ uid, login }: AccountRow): boolean {
  return uid >= 1000 && login !== 'no';
}
