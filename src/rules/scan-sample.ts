/** Rows for the samples of rules on scans: a SYN scan of a few ports by a neighbour, one thing changed at a time. */

import type { ScanRow } from '#sensors/scan-table.ts';

/** nmap -sS of five ports from the private network. */
export const synScan: ScanRow = {
  namespace: 'host',
  form: 'scan',
  source: '10.0.0.7',
  kind: 'syn',
  words: 'SYN scan',
  option: '-sS',
  also: [],
  addresses: ['10.0.0.7'],
  targets: ['10.0.0.1'],
  tried: 5,
  closed: 3,
  open: 2,
  silent: 0,
  ports: '22-23,80,443,3389',
  learned: ['22', '80'],
  probes: 5,
  unseen: 0,
  score: '3 of 5 ports closed, 2 open',
  verdict: 'alive',
  blockable: false,
  connected: 0,
  likely: '',
  ttl: '43-59',
  firstMs: 1_763_693_999_000,
  lastMs: 1_763_693_999_400,
  firstHeader: '4500002c',
  lastHeader: '4500002c',
  exe: '',
  comm: '',
  cmdline: '',
  scannerPid: 0,
  user: '',
  uid: -1,
  parents: [],
  unit: '',
  session: '',
  startedMs: 0,
};

/** The same from the Internet, and nothing answered. */
export const outsideScan: ScanRow = {
  ...synScan,
  source: '198.51.100.7',
  addresses: ['198.51.100.7'],
  open: 0,
  closed: 5,
  learned: [],
  score: '5 of 5 ports closed',
};
