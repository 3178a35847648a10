/**
 * What a scanner still learns when it is answered: open ports that nmap finds in twelve scans of two services (22 and 80),
 * without answers, with blocks put up after the alert, as it is when answers are switched on (the kernel delays), and with the
 * kernel shutting out by itself (`atOnce`). The measure in the same run
 * is no answer at all (24). Also what deciding and blocking costs while nobody scans.
 */

import { readFileSync } from 'node:fs';
import { makeBlockSite } from '#test/lab/block-site.ts';
import type { NetPair } from '#test/lab/net-pair.ts';
import { type Site, startDaemon, stop } from '#test/lab/site.ts';

const scans: readonly (readonly [name: string, six: boolean, args: readonly string[]])[] = [
  ['-sS', false, ['-sS']],
  ['-sS 1-300', false, ['-sS', '-p1-300']],
  ['-sS -p-', false, ['-sS', '-p-', '--min-rate', '5000']],
  ['-sS -F', false, ['-sS', '-F']],
  ['-sT', false, ['-sT']],
  ['-sT -F', false, ['-sT', '-F']],
  ['-sS -f', false, ['-sS', '-f']],
  ['-sS -O', false, ['-sS', '-O', '-p1-100']],
  ['6 -sS', true, ['-sS']],
  ['6 -sS -F', true, ['-sS', '-F']],
  ['6 -sT', true, ['-sT']],
  ['6 -sT -F', true, ['-sT', '-F']],
];

async function learned(pair: NetPair, at: number): Promise<number> {
  const [, six, args] = scans[at] ?? ['', false, []];
  const from = six ? `fd77:0:0:${at + 10}::1` : `10.77.0.${at + 10}`;
  await pair.them.run('/usr/sbin/ip', [
    'addr',
    'add',
    `${from}/${six ? 48 : 24}`,
    'dev',
    'wire0',
    ...(six ? ['nodad'] : []),
  ]);
  const to = six ? ['-6', 'fd77::1'] : ['10.77.0.1'];
  const connect = args.includes('-sT');
  // A connect scan takes the system's own address: it is made the only one of its family on the wire.
  const source = connect ? [] : ['-S', from, '-e', 'wire0'];
  if (connect)
    await pair.them.run('/usr/sbin/ip', [
      six ? '-6' : '-4',
      'route',
      'replace',
      six ? 'fd77::1' : '10.77.0.1',
      'dev',
      'wire0',
      'src',
      from,
    ]);
  await pair.them.run('/usr/bin/nmap', [
    ...args,
    '-n',
    '-Pn',
    '-T4',
    '--max-retries',
    '1',
    '--host-timeout',
    '6s',
    ...source,
    ...to,
  ]);
  // What we answered counts: a scan that is given up prints nothing, but has learned all the same.
  return await pair.learned(from);
}

async function serve(pair: NetPair): Promise<void> {
  const script =
    'import socket,time\nk=[]\nfor p in (22,80):\n s=socket.socket(socket.AF_INET6); s.bind(("::",p)); s.listen(64); k.append(s)\nprint("ready",flush=True)\ntime.sleep(3600)';
  const child = pair.us.spawn('/usr/bin/python3', ['-c', script]);
  await new Promise((done) => child.stdout?.once('data', done));
}

async function run(site: Site & { pair: NetPair }, name: string): Promise<number> {
  let sum = 0;
  const each: string[] = [];
  for (let at = 0; at < scans.length; at += 1) {
    const found = await learned(site.pair, at);
    sum += found;
    each.push(`${scans[at]?.[0]}: ${found}`);
  }
  console.log(
    `${name.padEnd(28)} ${String(sum).padStart(3)} of ${scans.length * 2} open ports learned   (${each.join(', ')})`,
  );
  return sum;
}

function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

const sums: number[] = [];
const only = process.env['ONLY'];
for (const [name, answers] of [
  ['nobody answers', '  mode: off\n'],
  ['blocks after the alert', '  mode: on\n  unconfirmed: block\n  responders: [{ type: nftables, delay: false }]\n'],
  ['as it is when switched on', '  mode: on\n'],
  ['the kernel answers (atOnce)', '  mode: on\n  responders: [{ type: nftables, atOnce: true }]\n'],
] as const) {
  if (only !== undefined && !name.includes(only)) continue;
  await using site = await makeBlockSite(answers);
  await serve(site.pair);
  const daemon = await startDaemon(site);
  sums.push(await run(site, name));
  await new Promise((done) => setTimeout(done, 3000));
  const before = cpuMs(daemon.ready.pid);
  await new Promise((done) => setTimeout(done, 20_000));
  console.log(
    `${''.padEnd(28)} ${((cpuMs(daemon.ready.pid) - before) / 20).toFixed(1)} ms CPU a second of the whole daemon afterwards`,
  );
  await stop(daemon.child);
}
const [none = 0, after = 0, usual = 0, atOnce = 0] = sums;
console.log(
  `learned against nobody answering: after the alert ×${(after / none).toFixed(2)}, as it is when switched on ×${(usual / none).toFixed(2)}, by the kernel ×${(atOnce / none).toFixed(2)}`,
);
