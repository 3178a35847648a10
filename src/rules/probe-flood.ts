/** A flood of probes with changing senders. See docs/rules/probe-flood.md. */

import { defineRule } from '#model/sensor.ts';
import { type ScanRow, scans } from '#sensors/scan-table.ts';
import { synScan } from './scan-sample.ts';
import { aboutScan, isToldBy, outcome, scanOf } from './scan-words.ts';

const flood: ScanRow = {
  ...synScan,
  form: 'flood',
  kind: 'flood',
  words: 'flood of probes with changing senders',
  option: '',
  source: 'many senders',
  addresses: [],
  verdict: 'forged',
  learned: [],
  score: '50000 refused probes a second at most, from about 30000 senders',
};

export default defineRule<ScanRow>({
  id: 'probe-flood',
  doc: 'Refused packets come by the thousand from hundreds of addresses: senders are forged, and none is accused.',
  on: 'scans',
  table: scans,
  attack: ['T1498.001', 'T1499.001'],
  types: ['added', 'removed'],
  judge(judgement) {
    const scan = scanOf(judgement);
    if (scan === undefined || !isToldBy(scan.row, 'probe-flood')) return undefined;
    const { row, over } = scan;
    return {
      ...aboutScan(row, over),
      severity: 'medium',
      title: `Flood of probes with changing senders: ${outcome(row, over)}`,
      why: 'A flood with forged senders hides a scan, fills tables and logs, or makes you block strangers. Nobody is accused or blocked for it; scans are told again as soon as it is over.',
    };
  },
  samples: [
    { name: 'a flood', judgement: { change: { type: 'added', after: flood } }, expect: 'medium' },
    { name: 'it is over', judgement: { change: { type: 'removed', before: flood } }, expect: 'medium' },
    { name: 'a single scanner', judgement: { change: { type: 'added', after: synScan } }, expect: undefined },
  ],
});
