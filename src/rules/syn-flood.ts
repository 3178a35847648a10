/** SYNs by the thousand at a port that is open, and hardly a handshake completed. See docs/rules/syn-flood.md. */

import { defineRule } from '#model/sensor.ts';
import { type ScanRow, scans } from '#sensors/scan-table.ts';
import { synScan } from './scan-sample.ts';
import { aboutScan, isToldBy, outcome, scanOf } from './scan-words.ts';

const flood: ScanRow = {
  ...synScan,
  form: 'flood',
  kind: 'synflood',
  words: 'flood of SYNs at open ports',
  option: '',
  source: 'many senders of SYNs',
  addresses: [],
  ports: '443',
  verdict: 'forged',
  learned: [],
  score:
    'up to 50,000 SYNs a second from about 48,000 senders, 3 of 250,000 handshakes completed, 249,000 SYN cookies sent',
};

const crowd: ScanRow = { ...flood, kind: 'flood', source: 'many senders' };

export default defineRule<ScanRow>({
  id: 'syn-flood',
  doc: 'SYNs come by the thousand to a port that is open, and hardly a handshake is completed.',
  on: 'scans',
  table: scans,
  attack: ['T1499.001'],
  types: ['added', 'removed'],
  judge(judgement) {
    const scan = scanOf(judgement);
    if (scan === undefined || !isToldBy(scan.row, 'syn-flood')) return undefined;
    const { row, over } = scan;
    const from = row.addresses.length === 1 ? ` from ${row.source}` : '';
    const sender =
      row.addresses.length === 1
        ? 'The address may be forged: nothing it sends proves that it is there.'
        : 'Their senders are most likely forged: none is accused or blocked for it.';
    return {
      ...aboutScan(row, over),
      severity: 'high',
      title: `SYN flood at ${row.ports.includes(',') ? 'ports' : 'port'} ${row.ports}${from}: ${outcome(row, over)}`,
      why: `Half-open connections fill the queue of the service, until clients are turned away. ${sender} SYN cookies (sysctl net.ipv4.tcp_syncookies) let the kernel answer without a queue.`,
      next: 'sysctl net.ipv4.tcp_syncookies; ss -tan state syn-recv; telltale scans',
    };
  },
  samples: [
    { name: 'a flood', judgement: { change: { type: 'added', after: flood } }, expect: 'high' },
    {
      name: 'one sender',
      judgement: {
        change: { type: 'added', after: { ...flood, source: '198.51.100.7', addresses: ['198.51.100.7'] } },
      },
      expect: 'high',
    },
    { name: 'it is over', judgement: { change: { type: 'removed', before: flood } }, expect: 'high' },
    { name: 'probes that are refused', judgement: { change: { type: 'added', after: crowd } }, expect: undefined },
    { name: 'a single scanner', judgement: { change: { type: 'added', after: synScan } }, expect: undefined },
  ],
});
