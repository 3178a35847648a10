/**
 * From listen() to the kernel event, joined with its process: a burst of 10,000 listeners opened and closed at once,
 * and 300 that live 5 ms each. The peer is `ss` asked once a second, in the same run. Then what being armed costs.
 * The generator is Perl (on every Debian); it notes CLOCK_BOOTTIME before each listen().
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { bootTimeMs, openClock } from '../src/host/clock.ts';
import { openFiles } from '../src/host/files.ts';
import { openKernelEvents } from '../src/host/kernel-events.ts';
import { openProcesses } from '../src/host/processes.ts';
import { openUsers } from '../src/host/users.ts';
import { makeNetns, type Netns } from '../test/lab/netns.ts';

const PERL = '/usr/bin/perl';
const idleSeconds = Number(process.env['IDLE_SECONDS'] ?? 20);

/** Prints "port seconds-since-boot" of each listener; 7 is CLOCK_BOOTTIME. */
const generator = (count: number, seconds: number): string =>
  `use Time::HiRes qw(clock_gettime); my @t; for my $n (0..${count - 1}) { my $p = 20000 + $n; ` +
  'socket(my $s,AF_INET,SOCK_STREAM,0); setsockopt($s,SOL_SOCKET,SO_REUSEADDR,1); ' +
  'bind($s,sockaddr_in($p,inet_aton("127.0.0.1")))||die "$!"; push @t, $p." ".clock_gettime(7); listen($s,5); ' +
  `${seconds > 0 ? `select(undef,undef,undef,${seconds});` : ''} close($s) } print join("\\n",@t);`;

interface Heard {
  readonly atMs: number;
  readonly exe: string;
}

const files = openFiles();
const clock = openClock();
const source = { files, clock, userName: openUsers(files, clock) };
const stop = new AbortController();
const kernel = await openKernelEvents({
  source,
  processes: openProcesses(source),
  scope: 'all',
  tag: `bench-${process.pid}`,
  signal: stop.signal,
});
const heard = new Map<number, Heard>();
let count = 0;
let ssMs = 0;
const reading = (async () => {
  for await (const batch of kernel.batches) {
    const atMs = bootTimeMs();
    count += batch.length;
    for (const event of batch) {
      if (event.kind === 'listen') heard.set(event.port, { atMs, exe: event.process?.exe ?? '' });
    }
  }
})();

function percentile(sorted: readonly number[], share: number): string {
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN).toFixed(2);
}

const cpuMs = (): number => process.cpuUsage().user / 1000 + process.cpuUsage().system / 1000;

/** Ports that `ss`, asked once a second until told to stop, saw. */
async function watchWithSs(net: Netns, signal: AbortSignal): Promise<{ seen: Set<string>; asked: number }> {
  const seen = new Set<string>();
  let asked = 0;
  while (!signal.aborted) {
    const { stdout } = await net.run('/usr/bin/ss', ['-Htlnp']);
    asked += 1;
    for (const [, port] of stdout.matchAll(/127\.0\.0\.1:(2\d{4}|30\d{3})\s/g)) if (port) seen.add(port);
    await sleep(1000, undefined, { signal }).catch(() => undefined);
  }
  return { seen, asked };
}

/** CPU milliseconds of one `ss -tlnp`: user and system time of a shell's children (fields 16, 17), over 20 runs. */
async function costOfSs(net: Netns): Promise<number> {
  const loop =
    'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do ss -Htlnp; done >/dev/null; cat /proc/$$/stat';
  const { stdout } = await net.run('/bin/sh', ['-c', loop]);
  const fields = stdout.slice(stdout.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[13]) + Number(fields[14])) * 10) / 20;
}

async function measure(net: Netns, name: string, listeners: number, seconds: number): Promise<void> {
  heard.clear();
  const peerStop = new AbortController();
  const peer = watchWithSs(net, peerStop.signal);
  await sleep(200);
  const before = cpuMs();
  const started = performance.now();
  const { stdout } = await net.run(PERL, ['-MSocket=:all', '-e', generator(listeners, seconds)]);
  const took = performance.now() - started;
  await sleep(1200);
  const spent = cpuMs() - before;
  peerStop.abort();
  const ss = await peer;
  const delays: number[] = [];
  let named = 0;
  for (const line of stdout.split('\n')) {
    const [port, atSeconds] = line.split(' ').map(Number);
    const event = heard.get(port ?? 0);
    if (event === undefined) continue;
    delays.push(event.atMs - (atSeconds ?? 0) * 1000);
    if (event.exe === PERL) named += 1;
  }
  delays.sort((a, b) => a - b);
  console.log(
    `${name}: heard ${delays.length} of ${listeners}, ${named} with the right program, lost ${kernel.lost()}; ` +
      `listen() to event p50 ${percentile(delays, 0.5)} ms, p99 ${percentile(delays, 0.99)} ms; ` +
      `our CPU ${spent.toFixed(0)} ms (with the start of ss and the generator), generator ${took.toFixed(0)} ms; ` +
      `ss once a second: saw ${ss.seen.size}, asked ${ss.asked} times, CPU ${(ss.asked * ssMs).toFixed(0)} ms`,
  );
}

console.log(`events by ${kernel.by}`);
for (const { what, why } of kernel.gaps) console.log(`not seen: ${what} (${why})`);
{
  await using net = await makeNetns();
  ssMs = await costOfSs(net);
  await measure(net, '300 listeners of 5 ms', 300, 0.005);
  await measure(net, '10,000 listeners opened and closed at once', 10_000, 0);
}
const before = cpuMs();
const eventsBefore = count;
await sleep(idleSeconds * 1000);
const share = (cpuMs() - before) / (idleSeconds * 10);
const perSecond = (count - eventsBefore) / idleSeconds;
const rssKiB = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]);
console.log(
  `armed, nothing of ours going on, ${idleSeconds} s: ${share.toFixed(2)} % of one core at ${perSecond.toFixed(0)} events/s ` +
    `of the machine, RSS ${(rssKiB / 1024).toFixed(0)} MiB`,
);
const noise = spawn('/bin/sh', [
  '-c',
  'for i in 1 2 3 4 5 6 7 8 9 10; do for j in 1 2 3 4 5 6 7 8 9 10; do /bin/true; done; sleep 0.9; done',
]);
const noisy = cpuMs();
await once(noise, 'exit');
console.log(`with 10 × 10 programs started: ${(cpuMs() - noisy).toFixed(0)} ms CPU in about 10 s`);
await kernel[Symbol.asyncDispose]();
await reading;
