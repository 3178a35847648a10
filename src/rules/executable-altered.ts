/** A program that receives is not the file that its package shipped any more. See docs/rules/executable-altered.md. */

import { shorten, visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import { defineRule } from '#model/sensor.ts';
import { type SocketRow, sockets } from '#sensors/socket-table.ts';
import { redis, sshd } from './sample-row.ts';
import { about, origin, place, program, thing } from './socket-words.ts';

export default defineRule<SocketRow>({
  id: 'executable-altered',
  doc: 'The executable of a program that receives differs from what its package shipped.',
  on: 'sockets',
  table: sockets,
  attack: ['T1554'],
  types: ['changed'],
  judge({ change }) {
    // A new row that is altered is told by the rules on new listeners.
    if (change.type !== 'changed' || !change.after.altered) return undefined;
    const row = change.after;
    // It still runs what was there before: executable-deleted tells of it; this rule when the new file is started.
    if (row.exeState === 'replaced') return undefined;
    if (change.before.altered && change.before.exeState !== 'replaced') return undefined;
    return {
      ...about(row),
      severity: 'critical',
      dangerous: true,
      title: `${program(row)}, which holds ${thing(row)}${place(row)}, is not the program that its package shipped`,
      why: `${shorten(visible(row.exeNow), 160)} differs from the checksum of package ${visible(row.package)}: intruders exchange programs that everybody trusts, best of all while an upgrade gives them cover. ${origin(row)}`,
      next: `dpkg --verify -- ${shellQuote(row.package)}; sha256sum -- ${shellQuote(row.exeNow)} /proc/${row.pid}/exe`,
    };
  },
  samples: [
    {
      name: 'sshd was exchanged and started again',
      judgement: { change: { type: 'changed', before: sshd, after: altered(sshd) }, known: false },
      expect: 'critical',
    },
    {
      name: 'a service on loopback',
      judgement: { change: { type: 'changed', before: redis, after: altered(redis) } },
      expect: 'critical',
    },
    {
      name: 'it is as packaged again',
      judgement: { change: { type: 'changed', before: altered(sshd), after: sshd } },
      expect: undefined,
    },
    {
      name: 'told before, and something else changed',
      judgement: { change: { type: 'changed', before: { ...altered(sshd), filter: 'no' }, after: altered(sshd) } },
      expect: undefined,
    },
    {
      name: 'it was exchanged and still runs from the file before',
      judgement: { change: { type: 'changed', before: sshd, after: { ...altered(sshd), exeState: 'replaced' } } },
      expect: undefined,
    },
    {
      name: 'the exchanged file was started',
      judgement: {
        change: { type: 'changed', before: { ...altered(sshd), exeState: 'replaced' }, after: altered(sshd) },
      },
      expect: 'critical',
    },
    { name: 'an ordinary listener', judgement: { change: { type: 'added', after: sshd } }, expect: undefined },
  ],
});

function altered(row: SocketRow): SocketRow {
  return { ...row, altered: true, packageState: 'altered' };
}
