/** A software RAID lost a member. See docs/rules/raid-degraded.md. */

import { visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import { defineRule } from '#model/sensor.ts';
import { type DiskRow, disks } from '#sensors/disk-table.ts';
import { mirror, roomy } from './disk-rows.ts';

export default defineRule<DiskRow>({
  id: 'raid-degraded',
  doc: 'A software RAID is degraded or inactive.',
  on: 'disks',
  table: disks,
  attack: ['T1561'],
  types: ['added'],
  judge({ change, known }) {
    if (change.type !== 'added' || known || change.after.kind !== 'raid' || change.after.state === '') return undefined;
    const row = change.after;
    const lost = row.device === '' ? '' : `; failed: ${visible(row.device)}`;
    return {
      subject: row.name,
      severity: 'high',
      dangerous: true,
      title: `RAID ${visible(row.name)} is ${row.state}${lost}`,
      why: 'What it should protect from has happened: the next disk that fails takes the data with it.',
      next: `cat /proc/mdstat; mdadm --detail -- ${shellQuote(`/dev/${row.name}`)}`,
      facts: { array: row.name, state: row.state, failed: row.device, words: row.words },
    };
  },
  samples: [
    {
      name: 'one disk failed',
      judgement: { change: { type: 'added', after: { ...mirror, state: 'degraded', device: 'sda1' } } },
      expect: 'high',
    },
    { name: 'whole', judgement: { change: { type: 'added', after: mirror } }, expect: undefined },
    { name: 'no array', judgement: { change: { type: 'added', after: { ...roomy, state: '90' } } }, expect: undefined },
  ],
});
