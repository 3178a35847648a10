/** A key no longer lets in. See docs/rules/ssh-key-gone.md. */

import { shellQuote } from '#lib/shell-quote.ts';
import { defineRule } from '#model/sensor.ts';
import { type SshKeyRow, sshKeys } from '#sensors/ssh-keys.ts';
import { aboutKey, bobsKey, keyWords, whose } from './ssh-words.ts';

export default defineRule<SshKeyRow>({
  id: 'ssh-key-gone',
  doc: 'A key of the baseline no longer lets into its account.',
  on: 'ssh-keys',
  table: sshKeys,
  attack: ['T1531', 'T1098.004'],
  types: ['removed'],
  judge({ change, known }) {
    if (change.type !== 'removed' || !known || change.before.kind !== 'key') return undefined;
    const row = change.before;
    return {
      ...aboutKey(row),
      severity: row.uid === 0 ? 'low' : 'info',
      title: `${whose(row)} may no longer be logged in to with ${keyWords(row)}`,
      why: 'Somebody took it away: an administrator, or an intruder who locks others out or removes a key that was used.',
      next: `ls -l --time-style=full-iso ${shellQuote(row.file)}`,
    };
  },
  samples: [
    { name: 'of a person', judgement: { change: { type: 'removed', before: bobsKey }, known: true }, expect: 'info' },
    {
      name: 'of root',
      judgement: { change: { type: 'removed', before: { ...bobsKey, uid: 0 } }, known: true },
      expect: 'low',
    },
    {
      name: 'one that was never normal',
      judgement: { change: { type: 'removed', before: bobsKey } },
      expect: undefined,
    },
  ],
});
