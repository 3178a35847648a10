/** A program of this host scans others. See docs/rules/scan-outbound.md. */

import { shorten, visible } from '#lib/escape.ts';
import { plural } from '#lib/plural.ts';
import { defineRule } from '#model/sensor.ts';
import { type ScanRow, scans } from '#sensors/scan-table.ts';
import { synScan } from './scan-sample.ts';
import { aboutScan, isToldBy, outcome, scannerOf, scanOf } from './scan-words.ts';

const outbound: ScanRow = {
  ...synScan,
  form: 'outbound',
  source: '/usr/bin/nmap',
  kind: 'tcp',
  words: 'TCP port scan',
  option: '',
  addresses: [],
  targets: ['10.0.0.9'],
  tried: 100,
  verdict: 'ours',
  learned: [],
  score: '97 of 100 ports did not accept',
  exe: '/usr/bin/nmap',
  comm: 'nmap',
  cmdline: 'nmap 10.0.0.9',
  scannerPid: 4711,
  user: 'www-data',
  uid: 33,
};

export default defineRule<ScanRow>({
  id: 'scan-outbound',
  doc: 'A program of this host asks many ports of a host, or many hosts, that do not answer.',
  on: 'scans',
  table: scans,
  attack: ['T1046', 'T1018'],
  types: ['added', 'removed'],
  judge(judgement) {
    const scan = scanOf(judgement);
    if (scan === undefined || !isToldBy(scan.row, 'scan-outbound')) return undefined;
    const { row, over } = scan;
    const who = scannerOf(row);
    const name = shorten(visible(row.comm || 'A program of this host'), 40);
    const whom = row.targets.length === 1 ? (row.targets[0] ?? '') : plural(row.targets.length, 'host');
    const user = row.user === '' ? '' : `, run by ${visible(row.user)}`;
    return {
      ...aboutScan(row, over),
      severity: 'high',
      title: `${name} scans others, ${row.words} of ${whom}${user}: ${outcome(row, over)}`,
      why: 'A host that scans others is most often one that somebody has taken over: worms and intruders look for the next victim from here. An administrator with nmap looks the same.',
      ...(who !== undefined && { who }),
    };
  },
  samples: [
    { name: 'nmap of www-data', judgement: { change: { type: 'added', after: outbound } }, expect: 'high' },
    { name: 'it is over', judgement: { change: { type: 'removed', before: outbound } }, expect: 'high' },
    { name: 'somebody scans us', judgement: { change: { type: 'added', after: synScan } }, expect: undefined },
  ],
});
