/** A file system is nearly full. See docs/rules/disk-full.md. */

import { formatBytesSize } from '#lib/bytes-size.ts';
import { shorten, visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import { defineRule } from '#model/sensor.ts';
import { type DiskRow, disks } from '#sensors/disk-table.ts';
import { filling, roomy } from './disk-rows.ts';

export default defineRule<DiskRow>({
  id: 'disk-full',
  doc: 'A file system is 90 or 97 percent full, in room or in inodes.',
  on: 'disks',
  table: disks,
  attack: ['T1499'],
  types: ['added'],
  judge({ change, known }) {
    if (change.type !== 'added' || known) return undefined;
    const row = change.after;
    if ((row.kind !== 'room' && row.kind !== 'inodes') || row.state === '') return undefined;
    const name = shorten(visible(row.name), 100);
    const left = row.kind === 'inodes' ? 'of its inodes are used' : `full, ${formatBytesSize(row.freeBytes)} are left`;
    return {
      subject: `${row.kind} ${row.name}`,
      ...weigh(row),
      title: `${name} is ${row.usedPercent} % ${left}${row.forecast === '' ? '' : `: ${row.forecast}`}`,
      why: 'On a full disk logs end, databases stop and nobody can log in. An intruder fills it so that nothing more is written down.',
      next: `du -xh --max-depth=2 -- ${shellQuote(row.name)} | sort -h | tail -20; df -hi -- ${shellQuote(row.name)}`,
      facts: {
        point: row.name,
        usedPercent: row.usedPercent,
        freeBytes: row.freeBytes,
        device: row.device,
        ...(row.forecast !== '' && { forecast: row.forecast }),
      },
    };
  },
  samples: [
    { name: 'nine tenths', judgement: { change: { type: 'added', after: filling } }, expect: 'medium' },
    {
      name: 'full at the first look',
      judgement: { change: { type: 'added', after: { ...filling, state: '97', usedPercent: 98 } }, learning: true },
      expect: 'high',
    },
    {
      name: 'inodes',
      judgement: { change: { type: 'added', after: { ...filling, kind: 'inodes', forecast: '' } } },
      expect: 'medium',
    },
    {
      name: 'an image in a file',
      judgement: {
        change: { type: 'added', after: { ...filling, state: '97', device: '/dev/loop3' } },
      },
      expect: 'low',
    },
    { name: 'roomy', judgement: { change: { type: 'added', after: roomy } }, expect: undefined },
    { name: 'accepted', judgement: { change: { type: 'added', after: filling }, known: true }, expect: undefined },
  ],
});

function weigh({ state, device }: DiskRow): {
  readonly severity: 'low' | 'medium' | 'high';
  readonly dangerous?: true;
} {
  // An image that is filled to its end is a usual thing: nobody logs in from there.
  if (device.startsWith('/dev/loop')) return { severity: 'low' };
  // Told at the first look as well: what does not work tomorrow is not normal.
  return state === '97' ? { severity: 'high', dangerous: true } : { severity: 'medium' };
}
