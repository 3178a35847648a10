/**
 * Hidden processes on a host that starts many: FORKS a second (200) for SECONDS (60; the figure asked for is 600), and
 * the sensor looks all the time, with the kernel's events armed. Each row that it gives is a false alarm. A last look
 * with one process taken out of the listing shows that it can find one.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { openLiveHost } from '../src/host/live.ts';
import type { Host } from '../src/model/host.ts';
import sensor from '../src/sensors/hidden-processes.ts';

const perSecond = Number(process.env['FORKS'] ?? 200);
const seconds = Number(process.env['SECONDS'] ?? 60);

/** Short ones, and every twentieth lives about as long as the time between two sightings. */
const STORM = `use Time::HiRes qw(sleep time); my ($rate) = @ARGV; $SIG{CHLD} = 'IGNORE'; my $began = time; my $made = 0;
while (1) { while ($made < (time - $began) * $rate) { $made++; my $pid = fork; next if $pid;
  sleep($made % 20 ? 0.005 : 1.5 + rand 0.3); exec '/bin/true'; } sleep 0.01; }`;

const host = openLiveHost({ namespaces: 'all', tag: `bf${process.pid.toString(16)}` });
const stop = new AbortController();
const events = await host.kernelEvents(stop.signal, ['exec', 'exit']);
void (async () => {
  for await (const batch of events.batches) if (stop.signal.aborted || batch === undefined) break;
})();
const storm = spawn('/usr/bin/perl', ['-e', STORM, String(perSecond)], { stdio: 'ignore', detached: true });
await once(storm, 'spawn');

const made = (): number => Number(/^processes (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1] ?? Number.NaN);
const before = made();
const cpuBefore = process.cpuUsage();
const began = performance.now();
let looks = 0;
let most = 0;
const found: string[] = [];
try {
  while (performance.now() - began < seconds * 1000) {
    const { rows } = await sensor.look(host, AbortSignal.timeout(60_000));
    looks += 1;
    most = Math.max(most, host.processes.living?.().length ?? 0);
    for (const row of rows) found.push(`${row.seenBy} ${row.pid} ${row.comm} ${row.exe}`);
    await sleep(200);
  }
  const tookS = (performance.now() - began) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  console.log(
    `${Math.round((made() - before) / tookS)} processes a second for ${Math.round(tookS)} s, ${looks} looks: ${found.length} findings; ` +
      `${events.lost()} events lost; at most ${most} said to live; ${((cpu.user + cpu.system) / 1e6 / looks).toFixed(3)} s of CPU a look`,
  );
  for (const line of found.slice(0, 20)) console.log(`  ${line}`);
  console.log(`one that is hidden: ${(await plant(host)) ? 'found' : 'NOT FOUND'}`);
} finally {
  process.kill(-(storm.pid ?? 0), 'SIGKILL');
  stop.abort();
  await events[Symbol.asyncDispose]();
  host[Symbol.dispose]();
}
if (found.length > 0) process.exitCode = 1;

/** A process that no listing has, and that numbers are not asked for: its group and events know of it. */
async function plant(live: Host): Promise<boolean> {
  const { kernel } = live;
  if (kernel === undefined) return false;
  const child = spawn('/usr/bin/sleep', ['60'], { stdio: 'ignore' });
  await once(child, 'spawn');
  await sleep(1700);
  const hiding: Host = {
    ...live,
    kernel: {
      ...kernel,
      listedProcesses: () => kernel.listedProcesses()?.filter((pid) => pid !== child.pid),
      processesAmong: (first, count, isListed) => (count === 1 ? kernel.processesAmong(first, 1, isListed) : []),
    },
  };
  const { rows } = await sensor.look(hiding, AbortSignal.timeout(60_000));
  child.kill();
  return rows.some(({ pid, seenBy }) => pid === child.pid && seenBy !== 'number');
}
