/** A scan hides among forged senders. See docs/rules/scan-behind-decoys.md. */

import { plural } from '#lib/plural.ts';
import { defineRule } from '#model/sensor.ts';
import { type ScanRow, scans } from '#sensors/scan-table.ts';
import { synScan } from './scan-sample.ts';
import { aboutScan, isToldBy, meaning, outcome, scanOf } from './scan-words.ts';

const decoys: ScanRow = {
  ...synScan,
  form: 'decoys',
  kind: 'decoys',
  words: 'scan behind decoys',
  option: '-D',
  verdict: 'decoys',
  addresses: ['10.0.0.7', '10.0.0.50', '10.0.0.51'],
  likely: '10.0.0.7',
};

export default defineRule<ScanRow>({
  id: 'scan-behind-decoys',
  doc: 'Several addresses send the very same probes in the same moment: one of them is real, the others are forged.',
  on: 'scans',
  table: scans,
  attack: ['T1046', 'T1595.001'],
  types: ['added', 'removed'],
  judge(judgement) {
    const scan = scanOf(judgement);
    if (scan === undefined || !isToldBy(scan.row, 'scan-behind-decoys')) return undefined;
    const { row, over } = scan;
    const others = plural(row.addresses.length, 'sender');
    const real =
      row.likely === ''
        ? 'Which one is real cannot be told; none of them is blocked by itself.'
        : `The real one is most likely ${row.likely}: it alone reacted to our answers. None is blocked by itself.`;
    return {
      ...aboutScan(row, over),
      severity: row.learned.length > 0 ? 'high' : 'medium',
      title: `Scan behind decoys (nmap -D), one scanner among ${others}: ${outcome(row, over)}`,
      why: `Forged senders are meant to hide the scanner, or to make you block somebody else. ${real} ${meaning(row)}`,
    };
  },
  samples: [
    { name: 'one of three', judgement: { change: { type: 'added', after: decoys } }, expect: 'high' },
    {
      name: 'nothing found, and nobody reacted',
      judgement: { change: { type: 'added', after: { ...decoys, learned: [], open: 0, likely: '' } } },
      expect: 'medium',
    },
    { name: 'a single scanner', judgement: { change: { type: 'added', after: synScan } }, expect: undefined },
  ],
});
