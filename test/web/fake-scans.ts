/** Made-up scans, for the tests of the page. Addresses are of RFC 5737 and RFC 3849. */

import type { Alert, Finding } from '#model/finding.ts';
import type { Row } from '#model/table.ts';
import type { ShownScan } from '#model/verbs.ts';
import { HOSTILE } from './fake-data.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

interface ScanSpec {
  readonly n: number;
  readonly form?: string;
  readonly source: string;
  readonly ip?: string;
  readonly title: string;
  readonly severity: Finding['severity'];
  readonly facts: Row;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly words?: string;
  readonly dots?: ShownScan['dots'];
  /** It is over, and its picture was kept. */
  readonly keptDots?: ShownScan['dots'];
}

const nothing: Row = {
  namespace: 'host',
  kind: 'syn',
  option: '-sS',
  also: [],
  addresses: [],
  targets: ['192.0.2.17'],
  tried: 0,
  closed: 0,
  open: 0,
  silent: 0,
  ports: '',
  learned: [],
  probes: 0,
  score: '',
  verdict: 'unconfirmed',
  connected: 0,
  ttl: '44-57',
};

/** While it goes on (with `dots`) a scan has a row, afterwards only what its alert holds. */
function scan(spec: ScanSpec): ShownScan {
  const { n, form = 'scan', source, ip, firstMs, lastMs, words, dots } = spec;
  const facts: Row = { ...nothing, form, firstMs, lastMs, ...spec.facts };
  const id = `0193a4f0-7777-7000-8000-${String(n).padStart(12, '0')}`;
  const alert: Alert = {
    id,
    fingerprint: `f${id}`,
    incident: `i-${40 + n}`,
    host: 'web-03',
    state: dots === undefined ? 'closed' : 'open',
    finding: {
      rule: 'port-scan',
      severity: spec.severity,
      subject: `host ${form} ${source}`,
      title: spec.title,
      why: 'Who breaks in looks around first.',
      next: 'telltale scans --all',
      facts,
      ...(ip !== undefined && { source: { ip } }),
    },
    table: 'scans',
    key: id,
    count: 1,
    firstMs,
    lastMs,
    ...(dots === undefined && { closedMs: lastMs + MINUTE_MS }),
  };
  return {
    alert,
    dots: dots ?? spec.keptDots ?? [],
    ...(dots !== undefined && { row: { ...facts, source, words: words ?? '' } }),
  };
}

const PORTS = [21, 22, 23, 25, 53, 80, 110, 111, 135, 139, 143, 443, 445, 993, 1723, 3306, 3389, 8080];

/** Eight scans of a day, two of which go on. */
export function makeScans(nowMs: number): ShownScan[] {
  const slowFirst = nowMs - 9 * HOUR_MS;
  return [
    scan({
      n: 1,
      source: '198.51.100.7',
      ip: '198.51.100.7',
      title: 'SYN scan (nmap -sS) from 198.51.100.7: 16 of 18 ports closed, 2 open',
      severity: 'high',
      words: 'SYN scan',
      facts: {
        also: ['service version probing (-sV)'],
        tried: 18,
        closed: 16,
        open: 2,
        ports: '21-23,25,53,80,110-111,135,139,143,443,445,993,1723,3306,3389,8080',
        learned: ['22', '80'],
        probes: 46,
        score: '16 of 18 ports closed, 2 open',
        verdict: 'confirmed',
        name: 'scanner-7.example.net',
        network: '198.51.100.0/24 (documentation)',
        operator: 'AS64500 Example Net',
        country: 'Netherlands (NL)',
      },
      firstMs: nowMs - 40 * SECOND_MS,
      lastMs: nowMs - 3 * SECOND_MS,
      dots: PORTS.map((port, index) => [index * 2100, 0, port] as const),
    }),
    scan({
      n: 2,
      source: '203.0.113.80',
      ip: '203.0.113.80',
      title: 'slow scan (nmap -T0, -T1) from 203.0.113.80: 61 of 61 ports closed',
      severity: 'low',
      words: 'slow scan',
      facts: {
        kind: 'slow',
        option: '-T0, -T1',
        also: ['SYN scan (-sS)'],
        tried: 61,
        closed: 61,
        ports: '20-80',
        probes: 61,
        score: '61 of 61 ports closed',
      },
      firstMs: slowFirst,
      lastMs: nowMs - 4 * MINUTE_MS,
      dots: Array.from({ length: 61 }, (_, index) => [index * 8.9 * MINUTE_MS, 0, 20 + index] as const),
    }),
    scan({
      n: 3,
      source: '198.51.100.44',
      ip: '198.51.100.44',
      title: 'UDP scan (nmap -sU) from 198.51.100.44: 5 of 7 ports closed, 1 open; over after 14 packets in 9 s',
      severity: 'medium',
      facts: {
        kind: 'udp',
        option: '-sU',
        tried: 7,
        closed: 5,
        open: 1,
        ports: 'udp 53,67,123,137,161,500,5353',
        learned: ['udp 123'],
        probes: 14,
        score: '5 of 7 ports closed, 1 open',
        verdict: 'alive',
      },
      firstMs: nowMs - 4 * HOUR_MS,
      lastMs: nowMs - 4 * HOUR_MS + 9 * SECOND_MS,
      keptDots: [53, 67, 123, 137, 161, 500, 5353].map((port, index) => [index * 1500, 1, port] as const),
    }),
    scan({
      n: 4,
      form: 'decoys',
      source: '198.51.100.90',
      title: 'Scan behind decoys (nmap -D), one scanner among 4 senders: 97 of 100 ports closed, 3 open',
      severity: 'high',
      facts: {
        kind: 'decoys',
        option: '-D',
        addresses: ['198.51.100.90', '203.0.113.5', '203.0.113.6', '203.0.113.7'],
        tried: 100,
        closed: 97,
        open: 3,
        ports:
          '1-60,80,110,135,139,143,443,445,993,995,1025-1030,1433,1723,3000,3306,3389,5000,5432,5900,8000-8009,8080',
        learned: ['22', '80', '443'],
        probes: 400,
        score: '97 of 100 ports closed, 3 open',
        verdict: 'decoys',
        likely: '198.51.100.90',
      },
      firstMs: nowMs - 7 * HOUR_MS,
      lastMs: nowMs - 7 * HOUR_MS + 1400,
    }),
    scan({
      n: 5,
      form: 'distributed',
      source: '2001:db8:7::/64',
      title: 'Scan from changing addresses, 12 addresses of 2001:db8:7::/64: 24 closed ports tried by all together',
      severity: 'medium',
      facts: {
        kind: 'rotation',
        option: '',
        addresses: Array.from({ length: 12 }, (_, index) => `2001:db8:7::${(index + 1).toString(16)}`),
        targets: ['2001:db8::17', '2001:db8::18'],
        tried: 24,
        closed: 24,
        ports: '2000-2023',
        probes: 24,
        score: '24 closed ports tried by all together',
      },
      firstMs: nowMs - 11 * HOUR_MS,
      lastMs: nowMs - 11 * HOUR_MS + 40 * MINUTE_MS,
    }),
    scan({
      n: 6,
      form: 'outbound',
      source: `/tmp/${HOSTILE}`,
      title: 'nmap scans others, TCP port scan of 198.51.100.200, run by www-data: 97 of 100 ports did not accept',
      severity: 'high',
      facts: {
        kind: 'tcp',
        option: '',
        targets: ['198.51.100.200'],
        tried: 100,
        closed: 97,
        open: 3,
        ports: '1-100',
        probes: 130,
        score: '97 of 100 ports did not accept',
        verdict: 'ours',
      },
      firstMs: nowMs - 15 * HOUR_MS,
      lastMs: nowMs - 15 * HOUR_MS + 2000,
    }),
    scan({
      n: 7,
      source: '203.0.113.61',
      ip: '203.0.113.61',
      title:
        'sweep over our addresses from 203.0.113.61: 2 of 2 ports closed on 8 addresses; over after 96 packets in 5 h',
      severity: 'low',
      facts: {
        kind: 'sweep',
        option: '',
        targets: Array.from({ length: 8 }, (_, index) => `192.0.2.${17 + index}`),
        tried: 2,
        closed: 2,
        ports: '23,2323',
        probes: 96,
        score: '2 of 2 ports closed on 8 addresses',
      },
      firstMs: nowMs - 22 * HOUR_MS,
      lastMs: nowMs - 17 * HOUR_MS,
    }),
    scan({
      n: 8,
      form: 'flood',
      source: 'many senders',
      title: 'Flood of probes with changing senders: up to 50,000 refused packets a second from about 31,000 senders',
      severity: 'medium',
      facts: {
        kind: 'flood',
        option: '',
        targets: [],
        probes: 250_000,
        score: 'up to 50,000 refused packets a second from about 31,000 senders',
        verdict: 'forged',
      },
      firstMs: nowMs - 20 * HOUR_MS,
      lastMs: nowMs - 20 * HOUR_MS + 5 * SECOND_MS,
    }),
  ];
}
