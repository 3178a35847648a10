/** Who scanned this host comes back and uses what it found. See docs/rules/scanner-returned.md. */

import { defineRule } from '#model/sensor.ts';
import { type ScanRow, scans } from '#sensors/scan-table.ts';
import { outsideScan, synScan } from './scan-sample.ts';
import { aboutScan, isPrivate, isToldBy, scanOf } from './scan-words.ts';

const back: ScanRow = {
  ...outsideScan,
  form: 'return',
  kind: 'return',
  words: 'return of a scanner',
  option: '',
  tried: 1,
  closed: 0,
  open: 1,
  ports: '22',
  learned: ['22'],
  probes: 1,
  score: '1 port tried, no answer, 1 open',
};

export default defineRule<ScanRow>({
  id: 'scanner-returned',
  doc: 'An address whose scan found open ports connects to one of them by ordinary means, within a week.',
  on: 'scans',
  table: scans,
  attack: ['T1190', 'T1133'],
  types: ['added', 'removed'],
  judge(judgement) {
    const scan = scanOf(judgement);
    if (scan === undefined || !isToldBy(scan.row, 'scanner-returned')) return undefined;
    const { row, over } = scan;
    return {
      ...aboutScan(row, over),
      severity: isPrivate(row) ? 'high' : 'medium',
      title: `${row.source} scanned this host before, and now connects to port ${row.ports}, which it found open`,
      why: 'After looking around comes trying: passwords, known holes, what the service says of itself. Look what the service has logged of this address since.',
    };
  },
  samples: [
    { name: 'it comes back', judgement: { change: { type: 'added', after: back } }, expect: 'medium' },
    {
      name: 'from inside',
      judgement: { change: { type: 'added', after: { ...back, source: '10.0.0.7' } } },
      expect: 'high',
    },
    { name: 'it has gone', judgement: { change: { type: 'removed', before: back } }, expect: 'medium' },
    { name: 'a scan', judgement: { change: { type: 'added', after: synScan } }, expect: undefined },
  ],
});
