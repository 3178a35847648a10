/** Many addresses share one scan. See docs/rules/scan-distributed.md. */

import { plural } from '#lib/plural.ts';
import { defineRule } from '#model/sensor.ts';
import { type ScanRow, scans } from '#sensors/scan-table.ts';
import { synScan } from './scan-sample.ts';
import { aboutScan, isToldBy, meaning, outcome, scanOf } from './scan-words.ts';

const shared: ScanRow = {
  ...synScan,
  form: 'distributed',
  kind: 'distributed',
  words: 'scan shared by many addresses',
  option: '',
  source: '198.51.100.0/24',
  addresses: ['198.51.100.1', '198.51.100.2', '198.51.100.3', '198.51.100.4'],
  learned: [],
  open: 0,
};

export default defineRule<ScanRow>({
  id: 'scan-distributed',
  doc: 'Addresses of one network, or with one list of ports, try so few ports each that none of them is a scanner alone.',
  on: 'scans',
  table: scans,
  attack: ['T1046', 'T1595.001'],
  types: ['added', 'removed'],
  judge(judgement) {
    const scan = scanOf(judgement);
    if (scan === undefined || !isToldBy(scan.row, 'scan-distributed')) return undefined;
    const { row, over } = scan;
    const senders = plural(row.addresses.length, 'address', 'addresses');
    const what = row.kind === 'rotation' ? 'Scan from changing addresses' : 'Scan shared by many';
    return {
      ...aboutScan(row, over),
      severity: row.learned.length > 0 ? 'high' : 'medium',
      title: `${what}, ${senders} of ${row.source}: ${outcome(row, over)}`,
      why: `Each address stays below every threshold; together they map this host. ${meaning(row)}`,
    };
  },
  samples: [
    { name: 'four neighbours', judgement: { change: { type: 'added', after: shared } }, expect: 'medium' },
    {
      name: 'they found something',
      judgement: { change: { type: 'added', after: { ...shared, learned: ['22'] } } },
      expect: 'high',
    },
    { name: 'a single scanner', judgement: { change: { type: 'added', after: synScan } }, expect: undefined },
  ],
});
