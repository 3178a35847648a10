/** The password of an account is another one. See docs/rules/password-changed.md. */

import { shellQuote } from '#lib/shell-quote.ts';
import type { Severity } from '#model/finding.ts';
import { defineRule } from '#model/sensor.ts';
import { type AccountRow, accounts } from '#sensors/accounts.ts';
import { aboutAccount, bob, named, wwwData } from './account-words.ts';

export default defineRule<AccountRow>({
  id: 'password-changed',
  doc: 'The password of an account was set or changed.',
  on: 'accounts',
  table: accounts,
  attack: ['T1098'],
  types: ['changed'],
  judge({ change, known }) {
    if (change.type !== 'changed' || known) return undefined;
    const { before, after } = change;
    // A new way in is told by account-changed; "locked" and back keeps the password.
    if (before.login !== after.login || before.uid !== after.uid) return undefined;
    const moved = before.passwordPlace !== after.passwordPlace && after.passwordPlace === 'passwd';
    if (!moved && (after.password !== 'set' || before.passwordMark === after.passwordMark)) return undefined;
    return moved ? movedToPasswd(after) : changed(before, after);
  },
  samples: [
    {
      name: 'a person',
      judgement: { change: { type: 'changed', before: bob, after: { ...bob, passwordMark: '99999999' } } },
      expect: 'low',
    },
    {
      name: 'root',
      judgement: {
        change: {
          type: 'changed',
          before: { ...bob, name: 'root', uid: 0 },
          after: { ...bob, name: 'root', uid: 0, passwordMark: '99999999' },
        },
      },
      expect: 'medium',
    },
    {
      name: 'the hash moved to passwd',
      judgement: { change: { type: 'changed', before: bob, after: { ...bob, passwordPlace: 'passwd' } } },
      expect: 'high',
    },
    {
      name: 'another shell',
      judgement: { change: { type: 'changed', before: bob, after: { ...bob, shell: '/bin/zsh' } } },
      expect: undefined,
    },
    {
      name: 'rubbish instead of rubbish',
      judgement: { change: { type: 'changed', before: wwwData, after: { ...wwwData, passwordMark: '0' } } },
      expect: undefined,
    },
  ],
});

function movedToPasswd(row: AccountRow) {
  const severity: Severity = 'high';
  return {
    ...aboutAccount(row),
    severity,
    title: `The hash of ${named(row.name)}’s password now stands in /etc/passwd, where everyone can read it`,
    why: 'Whoever has an account here can copy the hash and try passwords elsewhere. No tool puts it there.',
  };
}

function changed(before: AccountRow, after: AccountRow) {
  const about = aboutAccount(after);
  const severity: Severity = after.uid === 0 ? 'medium' : 'low';
  const whose = after.uid === 0 ? ', and this one is root’s' : '';
  return {
    ...about,
    severity,
    onlyAsPackaged: true,
    title: `The password of ${named(after.name)} was ${before.password === 'set' ? 'changed' : 'set'}`,
    why: `People change their passwords; an intruder does it to come back${whose}. Ask the owner whether it was them.`,
    facts: { ...about.facts, passwordBefore: before.password, passwordDay: after.passwordDay },
    next: `passwd -S -- ${shellQuote(after.name)}; last -n 5 -- ${shellQuote(after.name)}`,
  };
}
