/** A part of the machine is hotter than its maker allows. See docs/rules/too-hot.md. */

import { shorten, visible } from '#lib/escape.ts';
import { defineRule } from '#model/sensor.ts';
import { type DiskRow, disks } from '#sensors/disk-table.ts';
import { heat, roomy } from './disk-rows.ts';

export default defineRule<DiskRow>({
  id: 'too-hot',
  doc: 'A sensor of heat is at or over the limit that the maker calls critical.',
  on: 'disks',
  table: disks,
  attack: ['T1496'],
  types: ['added'],
  judge({ change, known }) {
    if (change.type !== 'added' || known || change.after.kind !== 'heat' || change.after.state === '') return undefined;
    const row = change.after;
    return {
      subject: row.name,
      severity: 'high',
      dangerous: true,
      title: `${shorten(visible(row.name), 100)} is at ${row.celsius} °C; ${row.limit} °C is critical`,
      why: 'The machine slows down and then switches itself off. A fan may have stopped, or something computes without end: miners do.',
      next: 'ps aux --sort=-%cpu | head; sensors; uptime',
      facts: { sensor: row.name, celsius: row.celsius, limit: row.limit },
    };
  },
  samples: [
    {
      name: 'over the limit',
      judgement: { change: { type: 'added', after: { ...heat, state: 'too hot', celsius: 101 } } },
      expect: 'high',
    },
    { name: 'warm', judgement: { change: { type: 'added', after: heat } }, expect: undefined },
    { name: 'no heat', judgement: { change: { type: 'added', after: { ...roomy, state: '97' } } }, expect: undefined },
  ],
});
