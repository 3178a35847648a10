/** sshd runs something else at each login. See docs/rules/ssh-login-script.md. */

import { defineRule } from '#model/sensor.ts';
import { type SshKeyRow, sshKeys } from '#sensors/ssh-keys.ts';
import { aboutKey, bobsKey, shown, whose } from './ssh-words.ts';

const script: SshKeyRow = {
  ...bobsKey,
  kind: 'login script',
  key: '',
  file: '/home/bob/.ssh/rc',
  content: '0011223344556677',
  line: 0,
};

export default defineRule<SshKeyRow>({
  id: 'ssh-login-script',
  doc: 'A script that sshd runs at each login, or a file of environment for it, was made or changed.',
  on: 'ssh-keys',
  table: sshKeys,
  attack: ['T1037', 'T1098.004'],
  types: ['added', 'changed'],
  judge({ change, known, learning }) {
    if (change.type === 'removed' || known || learning) return undefined;
    const row = change.after;
    if (row.kind !== 'login script' && row.kind !== 'environment') return undefined;
    if (change.type === 'changed' && change.before.content === row.content) return undefined;
    const before = change.type === 'changed' ? change.before.content : undefined;
    const about = aboutKey(row);
    return {
      ...about,
      ...(row.kind === 'environment' ? environmentWords(row, before) : scriptWords(row, before)),
      severity: row.uid <= 0 ? 'high' : 'medium',
      // It is a start point as well, and that alert says what it runs.
      folds: row.file,
      facts: { ...about.facts, content: row.content, ...(before !== undefined && { contentBefore: before }) },
    };
  },
  samples: [
    { name: 'of a person', judgement: { change: { type: 'added', after: script } }, expect: 'medium' },
    {
      name: 'of root, changed',
      judgement: {
        change: { type: 'changed', before: { ...script, uid: 0 }, after: { ...script, uid: 0, content: 'ff' } },
      },
      expect: 'high',
    },
    {
      name: 'of everybody',
      judgement: { change: { type: 'added', after: { ...script, account: '*', uid: -1, file: '/etc/ssh/sshrc' } } },
      expect: 'high',
    },
    {
      name: 'an environment',
      judgement: { change: { type: 'added', after: { ...script, kind: 'environment' } } },
      expect: 'medium',
    },
    { name: 'a key', judgement: { change: { type: 'added', after: bobsKey } }, expect: undefined },
    { name: 'it is known', judgement: { change: { type: 'added', after: script }, known: true }, expect: undefined },
  ],
});

function scriptWords(row: SshKeyRow, before: string | undefined) {
  const what = before === undefined ? 'a script is now' : 'another script is';
  return {
    title: `At each SSH login to ${whose(row)}, ${what} run: ${shown(row.file)}`,
    why: 'It runs with the rights of whoever logs in, before the shell, and nobody sees it.',
  };
}

function environmentWords(row: SshKeyRow, before: string | undefined) {
  return {
    title: `SSH logins to ${whose(row)} get ${before === undefined ? 'new' : 'other'} variables from ${shown(row.file)}`,
    why: 'With PermitUserEnvironment a line such as LD_PRELOAD=… runs what the writer of the file wants.',
  };
}
