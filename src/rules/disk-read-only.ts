/** A file system made errors, or the kernel made it read-only because of them. See docs/rules/disk-read-only.md. */

import { shorten, visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import { defineRule } from '#model/sensor.ts';
import { type DiskRow, disks } from '#sensors/disk-table.ts';
import { errors, roomy } from './disk-rows.ts';

export default defineRule<DiskRow>({
  id: 'disk-read-only',
  doc: 'The kernel counted errors of a file system, or made it read-only.',
  on: 'disks',
  table: disks,
  attack: ['T1561'],
  types: ['added'],
  judge({ change, known }) {
    if (change.type !== 'added' || known || change.after.kind !== 'errors' || change.after.state === '')
      return undefined;
    const row = change.after;
    const stopped = row.state === 'read-only';
    const name = shorten(visible(row.name), 100);
    return {
      subject: `${row.name} ${row.state}`,
      severity: stopped ? 'high' : 'medium',
      dangerous: true,
      title: stopped
        ? `The kernel made ${name} read-only`
        : `The file system at ${name} is damaged: the kernel found errors`,
      why: stopped
        ? 'Nothing is written there any more: logs, databases and this watch stand still. The disk may be dying.'
        : 'The disk may be dying, or was written to past the kernel. The errors stay counted until the file system is checked.',
      next: `dmesg | grep -i -e error -e ${shellQuote(row.device)} | tail -30; findmnt -- ${shellQuote(row.name)}`,
      facts: { point: row.name, device: row.device, state: row.state, words: row.words },
    };
  },
  samples: [
    {
      name: 'read-only',
      judgement: { change: { type: 'added', after: { ...errors, state: 'read-only' } } },
      expect: 'high',
    },
    {
      name: 'errors',
      judgement: { change: { type: 'added', after: { ...errors, state: 'errors', words: '3 errors were counted' } } },
      expect: 'medium',
    },
    { name: 'sound', judgement: { change: { type: 'added', after: errors } }, expect: undefined },
    {
      name: 'only full',
      judgement: { change: { type: 'added', after: { ...roomy, state: '97' } } },
      expect: undefined,
    },
  ],
});
