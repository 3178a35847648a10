/** Somebody else now decides who may log in by key. See docs/rules/ssh-ca-new.md. */

import { defineRule } from '#model/sensor.ts';
import { type SshKeyRow, sshKeys } from '#sensors/ssh-keys.ts';
import { aboutKey, bobsKey, keyWords, shown } from './ssh-words.ts';

const authority: SshKeyRow = { ...bobsKey, kind: 'user CA', account: '*', uid: -1, file: '/etc/ssh/ca.pub' };
const program: SshKeyRow = { ...authority, kind: 'key command', key: '', file: '/usr/local/bin/keys', content: '00ff' };

export default defineRule<SshKeyRow>({
  id: 'ssh-ca-new',
  doc: 'sshd trusts another certificate authority, or asks a program for keys or principals.',
  on: 'ssh-keys',
  table: sshKeys,
  attack: ['T1098.004', 'T1556'],
  types: ['added', 'changed'],
  judge({ change, known, learning }) {
    if (change.type === 'removed' || known || learning) return undefined;
    const row = change.after;
    const altered = change.type === 'changed';
    if (row.kind === 'user CA' && !altered)
      return {
        ...aboutKey(row),
        onlyAsPackaged: true,
        severity: 'high',
        title: `Whoever ${keyWords(row)} has signed may now log in to every account`,
        why: 'TrustedUserCAKeys: a certificate by this authority opens each account that it names, and no key stands in any home.',
      };
    if (!row.kind.endsWith(' command')) return undefined;
    if (altered && change.before.content === row.content && change.before.options.join() === row.options.join())
      return undefined;
    return {
      ...aboutKey(row),
      onlyAsPackaged: true,
      severity: 'high',
      title: `sshd ${altered ? 'asks a changed program' : 'now asks a program'} who may log in: ${shown(row.file)}`,
      why: 'Each login runs the program, and what it prints are keys that open the account. A line more in it opens every account.',
    };
  },
  samples: [
    { name: 'an authority', judgement: { change: { type: 'added', after: authority } }, expect: 'high' },
    { name: 'a program', judgement: { change: { type: 'added', after: program } }, expect: 'high' },
    {
      name: 'the program is another one',
      judgement: { change: { type: 'changed', before: program, after: { ...program, content: '11ff' } } },
      expect: 'high',
    },
    { name: 'a key of bob’s', judgement: { change: { type: 'added', after: bobsKey } }, expect: undefined },
    { name: 'it is known', judgement: { change: { type: 'added', after: authority }, known: true }, expect: undefined },
  ],
});
