/** A disk says of itself that it fails, or that it has lost something. See docs/rules/disk-failing.md. */

import { visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import { defineRule } from '#model/sensor.ts';
import { type DiskRow, disks } from '#sensors/disk-table.ts';
import { roomy, worn } from './disk-rows.ts';

export default defineRule<DiskRow>({
  id: 'disk-failing',
  doc: 'A disk says by SMART that it fails, or counts sectors that it has lost.',
  on: 'disks',
  table: disks,
  attack: ['T1561'],
  types: ['added'],
  judge({ change, known }) {
    if (change.type !== 'added' || known || change.after.kind !== 'smart' || change.after.state === '')
      return undefined;
    const row = change.after;
    const failing = row.state === 'failing';
    const name = `Disk ${visible(row.name)}${row.device === '' ? '' : ` (${visible(row.device)})`}`;
    const signs = row.words === '' ? '' : `: ${visible(row.words)}`;
    return {
      subject: row.name,
      severity: failing ? 'high' : 'medium',
      // Told at the first look as well: a backup is wanted today.
      dangerous: true,
      title: `${name} ${failing ? 'says that it will fail' : 'wears out'}${signs}`,
      why: 'What lies on it may be gone tomorrow, the record of what happened here with it. Is there a backup that was tried?',
      next: `smartctl -x ${shellQuote(`/dev/${row.name}`)}; lsblk ${shellQuote(`/dev/${row.name}`)}`,
      facts: { disk: row.name, model: row.device, signs: row.words },
    };
  },
  samples: [
    {
      name: 'it says so itself',
      judgement: { change: { type: 'added', after: { ...worn, state: 'failing' } }, learning: true },
      expect: 'high',
    },
    { name: 'sectors were lost', judgement: { change: { type: 'added', after: worn } }, expect: 'medium' },
    {
      name: 'sound',
      judgement: { change: { type: 'added', after: { ...worn, state: '', words: '' } } },
      expect: undefined,
    },
    {
      name: 'a full one',
      judgement: { change: { type: 'added', after: { ...roomy, state: '97' } } },
      expect: undefined,
    },
    { name: 'accepted', judgement: { change: { type: 'added', after: worn }, known: true }, expect: undefined },
  ],
});
