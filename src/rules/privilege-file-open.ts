/** Others may write the rules that say who may become root. See docs/rules/privilege-file-open.md. */

import { shorten, visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import { defineRule } from '#model/sensor.ts';
import { type PrivilegeRow, privileges } from '#sensors/privileges.ts';
import { aboutPrivilege, groupSudo } from './privilege-words.ts';

const file: PrivilegeRow = {
  ...groupSudo,
  kind: 'file',
  who: '',
  runAs: '',
  command: '/etc/sudoers.d/bob',
  file: '/etc/sudoers.d/bob',
  trouble: 'everyone may write it',
};

export default defineRule<PrivilegeRow>({
  id: 'privilege-file-open',
  doc: 'A file with rules of sudo, doas or polkit may be written by others than root.',
  on: 'privileges',
  table: privileges,
  attack: ['T1222.002', 'T1548.003'],
  types: ['added', 'changed'],
  judge({ change, known }) {
    if (change.type === 'removed' || known || change.after.kind !== 'file' || change.after.trouble === '')
      return undefined;
    const row = change.after;
    if (change.type === 'changed' && change.before.trouble === row.trouble) return undefined;
    return {
      ...aboutPrivilege(row),
      severity: row.trouble.startsWith('everyone') ? 'critical' : 'high',
      dangerous: true,
      title: `${shorten(visible(row.file), 100)}, which says who may become root, is open: ${shorten(visible(row.trouble), 80)}`,
      why: 'Whoever may write it can give themselves every right. sudo refuses such a file, so rules in it may fail as well.',
      next: `ls -ld ${shellQuote(row.file)}`,
    };
  },
  samples: [
    {
      name: 'everyone, in the first look',
      judgement: { change: { type: 'added', after: file }, learning: true },
      expect: 'critical',
    },
    {
      name: 'another owner',
      judgement: {
        change: { type: 'changed', before: { ...file, trouble: '' }, after: { ...file, trouble: 'belongs to bob' } },
      },
      expect: 'high',
    },
    { name: 'in order', judgement: { change: { type: 'added', after: { ...file, trouble: '' } } }, expect: undefined },
    { name: 'it is known', judgement: { change: { type: 'added', after: file }, known: true }, expect: undefined },
  ],
});
