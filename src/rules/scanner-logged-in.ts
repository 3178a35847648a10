/** Who scanned this host is logged in. See docs/rules/scanner-logged-in.md. */

import { visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import { defineRule } from '#model/sensor.ts';
import { type ScanRow, scans } from '#sensors/scan-table.ts';
import { outsideScan, synScan } from './scan-sample.ts';
import { aboutScan, isToldBy, scanOf } from './scan-words.ts';

const login: ScanRow = {
  ...outsideScan,
  form: 'login',
  kind: 'login',
  words: 'login of a scanner',
  option: '',
  tried: 0,
  closed: 0,
  ports: '',
  probes: 0,
  score: 'scanned this host 2 h before',
  verdict: 'confirmed',
  user: 'bob',
};

export default defineRule<ScanRow>({
  id: 'scanner-logged-in',
  doc: 'An address that scanned this host in the last seven days has a login session here.',
  on: 'scans',
  table: scans,
  attack: ['T1078', 'T1021.004'],
  types: ['added', 'removed'],
  judge(judgement) {
    const scan = scanOf(judgement);
    if (scan === undefined || !isToldBy(scan.row, 'scanner-logged-in')) return undefined;
    const { row, over } = scan;
    const as = row.user === '' ? '' : ` as ${visible(row.user)}`;
    return {
      ...aboutScan(row, over),
      severity: 'critical',
      title: `${row.source} ${row.score} and ${over ? 'was' : 'is now'} logged in${as}`,
      why: 'A scan, then a login from the same address: either you looked at your own host, or somebody found the way in. Ask the owner of the account; if it was not he, end the session and change what let it in.',
      next: `telltale sockets -a address ${shellQuote(row.source)}; who; telltale scans --all`,
    };
  },
  samples: [
    { name: 'a scanner is in', judgement: { change: { type: 'added', after: login } }, expect: 'critical' },
    { name: 'it left', judgement: { change: { type: 'removed', before: login } }, expect: 'critical' },
    { name: 'a scan', judgement: { change: { type: 'added', after: synScan } }, expect: undefined },
  ],
});
