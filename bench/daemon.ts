/**
 * The whole daemon, as a user runs it, every check on: what the start costs, idle CPU time and memory a minute after it
 * (SETTLE_SECONDS), or with WALK=1 after the first walk over all files, with and without the page's process, then the time from listen() to the line in the alert
 * file, and what `ss` called once a second would have seen of the same listeners.
 * Takes the release under dist/telltale when it was built (`npm run build`), else the clone.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, watch, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeNetns } from '../test/lab/netns.ts';
import { makeTemp } from '../test/lab/temp.ts';

const root = resolve(import.meta.dirname, '..');
const release = join(root, 'dist/telltale/bin/telltale');
const program = existsSync(release) ? release : join(root, 'bin/telltale');
const idleSeconds = Number(process.env['IDLE_SECONDS'] ?? 60);
const settleSeconds = Number(process.env['SETTLE_SECONDS'] ?? 60);
const walks = process.env['WALK'] === '1';
const ticksPerSecond = 100;

/** CPU milliseconds (user and system) and resident MiB of one process. */
function usage(pid: number): { readonly cpuMs: number; readonly rssMiB: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const rssKiB = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
  return { cpuMs: ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond, rssMiB: rssKiB / 1024 };
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean).map(Number);
}

async function untilReady(file: string, child: ChildProcess): Promise<{ readonly pid: number }> {
  for (let waited = 0; waited < 600; waited += 1) {
    if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as { pid: number };
    if (child.exitCode !== null) throw new Error(`The daemon ended with code ${child.exitCode}`);
    await sleep(50);
  }
  throw new Error('The daemon was not ready within 30 s');
}

/** The first walk reads every file that a package ships, at a tenth of a core. */
async function untilWalked(stateDir: string): Promise<void> {
  for (let waited = 0; waited < 2400; waited += 1) {
    using index = new DatabaseSync(join(stateDir, 'files.db'), { readOnly: true });
    if (index.prepare("SELECT 1 FROM value WHERE name = 'walked'").get() !== undefined) return;
    await sleep(1000);
  }
  throw new Error('The first walk over all files did not end within 40 minutes');
}

/** Times (epoch ms, as seen by a reader of the file) at which a line about each port came. */
function followPorts(file: string): { readonly seen: Map<number, { atMs: number; exe: string }>; stop(): void } {
  const seen = new Map<number, { atMs: number; exe: string }>();
  let offset = 0;
  const read = (): void => {
    const atMs = performance.timeOrigin + performance.now();
    const text = readFileSync(file, 'latin1');
    const end = text.lastIndexOf('\n') + 1;
    for (const line of text.slice(offset, end).split('\n')) {
      if (line === '') continue;
      const alert = JSON.parse(line) as { facts: { port?: number }; who?: { exe: string } };
      const port = alert.facts.port ?? 0;
      if (!seen.has(port)) seen.set(port, { atMs, exe: alert.who?.exe ?? '' });
    }
    offset = end;
  };
  const watcher = watch(file, read);
  return { seen, stop: () => (read(), watcher.close()) };
}

const opener = (count: number, lifeMs: number, gapMs: number): string => `
const net = require('node:net'); const { setTimeout: sleep } = require('node:timers/promises');
(async () => { for (let i = 0; i < ${count}; i += 1) {
  const server = net.createServer(); const port = 20000 + i;
  await new Promise((ok) => server.listen(port, '127.0.0.1', ok));
  console.log(port + ' ' + (performance.timeOrigin + performance.now()));
  if (${lifeMs} > 0) await sleep(${lifeMs});
  await new Promise((ok) => server.close(ok));
  if (${gapMs} > 0) await sleep(${gapMs});
} })();`;

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

await using temp = await makeTemp();
await using net = await makeNetns();
const alerts = join(temp.path, 'alerts.jsonl');
const config = join(temp.path, 'telltale.yaml');
writeFileSync(alerts, '');
writeFileSync(
  config,
  `stateDir: ${temp.path}/state\nweb:\n  listen: 127.0.0.1:7777\nwatch:\n  namespaces: own\n${walks ? 'files:\n  walkAfter: 0\n' : ''}notifiers:\n  - type: file\n    path: ${alerts}\n`,
);
const ready = join(temp.path, 'ready.json');
const daemon = net.spawn('/bin/sh', [
  program,
  'daemon',
  '--config',
  config,
  '--state-dir',
  `${temp.path}/state`,
  '--ready-file',
  ready,
]);
daemon.stderr?.pipe(process.stderr);
daemon.stdout?.resume();
const { pid } = await untilReady(ready, daemon);

const started = usage(pid).cpuMs;
console.log(`until ready: ${started} ms CPU`);
await sleep(walks ? 5000 : settleSeconds * 1000);
console.log(`${walks ? 5 : settleSeconds} s later: ${usage(pid).cpuMs - started} ms CPU more`);
if (walks) {
  const walkedAtMs = performance.now();
  const walking = usage(pid).cpuMs;
  await untilWalked(`${temp.path}/state`);
  const walkSeconds = (performance.now() - walkedAtMs) / 1000;
  const walkMs = usage(pid).cpuMs - walking;
  console.log(
    `first walk over all files: ${walkSeconds.toFixed(0)} s at ${(walkMs / walkSeconds / 10).toFixed(1)} % of a core`,
  );
  await sleep(5000);
}
const pids = [pid, ...childrenOf(pid)];
const before = pids.map(usage);
await sleep(idleSeconds * 1000);
const after = pids.map(usage);
const cpu = after.map((use, index) => use.cpuMs - (before[index]?.cpuMs ?? 0));
const rss = after.map((use) => use.rssMiB);
console.log(`program: ${program === release ? 'release' : 'clone'}`);
console.log(
  `idle ${idleSeconds} s: daemon ${((cpu[0] ?? 0) / idleSeconds / 10).toFixed(2)} % of a core (goal 1.5), with the page's process ${(cpu.reduce((sum, ms) => sum + ms, 0) / idleSeconds / 10).toFixed(2)} %`,
);
console.log(
  `memory: daemon ${rss[0]?.toFixed(0)} MiB (goal 110), with the page's process ${rss.reduce((sum, mib) => sum + mib, 0).toFixed(0)} MiB (goal 150)`,
);

const polled = new Set<number>();
const poller = setInterval(() => {
  const ss = spawn('/usr/bin/nsenter', [`--net=/run/netns/${net.name}`, '--', '/usr/bin/ss', '-Hltn'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  ss.stdout.on('data', (chunk: Buffer) => {
    for (const match of chunk.toString('latin1').matchAll(/127\.0\.0\.1:(\d+)/g)) polled.add(Number(match[1]));
  });
}, 1000);
const follow = followPorts(alerts);
/** Opens listeners in the namespace and returns when each was opened (epoch ms), by port. */
async function openAll(count: number, lifeMs: number, gapMs: number): Promise<Map<number, number>> {
  const openedAt = new Map<number, number>();
  const generator = net.spawn(process.execPath, ['-e', opener(count, lifeMs, gapMs)]);
  let rest = '';
  generator.stdout?.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) openedAt.set(Number(line.split(' ')[0]), Number(line.split(' ')[1]));
  });
  await once(generator, 'close');
  return openedAt;
}

const count = 300;
const openedAt = await openAll(count, 5, 25);
await sleep(2000);
clearInterval(poller);
const named = [...openedAt.keys()].filter((port) => follow.seen.get(port)?.exe === process.execPath);
const delays = [...openedAt]
  .flatMap(([port, atMs]) => (follow.seen.has(port) ? [(follow.seen.get(port)?.atMs ?? 0) - atMs] : []))
  .sort((a, b) => a - b);
const byPoll = [...openedAt.keys()].filter((port) => polled.has(port)).length;
console.log(
  `${count} listeners of 5 ms: ${delays.length} told, ${named.length} with the right executable; ss once a second: ${byPoll}`,
);
console.log(
  `listen() to alert line: p50 ${quantile(delays, 0.5).toFixed(1)} ms (goal 20), p99 ${quantile(delays, 0.99).toFixed(1)} ms (goal 250)`,
);

const told = follow.seen.size;
const burst = 10_000;
const cpuBefore = usage(pid).cpuMs;
await openAll(burst, 0, 0);
// Beside other work the lines take longer: over when none came for a while.
for (let lines = -1; lines !== follow.seen.size; await sleep(6000)) lines = follow.seen.size;
follow.stop();
const fresh = follow.seen.size - told + count;
console.log(
  `${burst} listeners opened and closed at once: ${fresh} told by name, ${usage(pid).cpuMs - cpuBefore} ms CPU, ${usage(pid).rssMiB.toFixed(0)} MiB afterwards`,
);
process.kill(pid, 'SIGTERM');
await once(daemon, 'exit');
