/**
 * A storm of starts: 20,000 processes one after the other, each gone at once. How many of them are seen with name,
 * parent and user, what that costs us, and whether the program that is watched is slowed: CPU time of the storm and its
 * children with the listeners armed against without, in alternating pairs. PAIRS and STARTS shorten it. The storm is C
 * where there is a compiler (vfork, exec of a program of one system call), else a loop of the shell.
 */

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { openLiveHost } from '../src/host/live.ts';
import type { Listening } from '../src/model/sensor.ts';
import oddProcessEvents from '../src/sensors/odd-process-events.ts';
import programEvents from '../src/sensors/program-events.ts';
import { makeTemp } from '../test/lab/temp.ts';

const starts = Number(process.env['STARTS'] ?? 20_000);
const pairs = Number(process.env['PAIRS'] ?? 20);

const STORM = `
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/resource.h>
#include <sys/wait.h>
static double of(int who) { struct rusage u; getrusage(who, &u);
  return u.ru_utime.tv_sec + u.ru_stime.tv_sec + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6; }
int main(int n, char **v) { (void)n; for (int i = atoi(v[2]); i > 0; i--) { pid_t p = vfork();
    if (p == 0) { execl(v[1], v[1], (char *)0); _exit(127); } int s; waitpid(p, &s, 0); if (s) return 1; }
  printf("%.3f\\n", of(RUSAGE_SELF) + of(RUSAGE_CHILDREN)); return 0; }`;

await using temp = await makeTemp();
const target = `${temp.path}/nothing`;
const compiler = ['/usr/bin/cc', '/usr/bin/gcc'].find((path) => existsSync(path));

function prepare(): { readonly command: string; readonly args: readonly string[] } {
  if (compiler === undefined) {
    execFileSync('/bin/cp', ['/bin/true', target]);
    const loop = `i=0; while [ $i -lt ${starts} ]; do ${target}; i=$((i+1)); done; times | tail -1`;
    return { command: '/bin/sh', args: ['-c', loop] };
  }
  writeFileSync(`${temp.path}/storm.c`, STORM);
  writeFileSync(`${temp.path}/nothing.c`, 'int main(void) { return 0; }');
  execFileSync(compiler, ['-O2', '-o', `${temp.path}/storm`, `${temp.path}/storm.c`]);
  execFileSync(compiler, ['-O2', '-static', '-o', target, `${temp.path}/nothing.c`]);
  return { command: `${temp.path}/storm`, args: [target, String(starts)] };
}
const storm = prepare();

/** Seconds of CPU time of one storm with its children. */
async function run(): Promise<number> {
  const child = spawn(storm.command, storm.args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await once(child, 'close');
  const times = /(\d+)m([\d.]+)s (\d+)m([\d.]+)s/.exec(said);
  if (times === null) return Number(said);
  return Number(times[1]) * 60 + Number(times[2]) + Number(times[3]) * 60 + Number(times[4]);
}

interface Armed extends AsyncDisposable {
  seen(): number;
  known(): number;
  rows(): number;
  lost(): number;
}

/** Everything that listens to starts in the daemon, and one more subscriber that counts. */
async function arm(): Promise<Armed> {
  const host = openLiveHost({ namespaces: 'auto', tag: `be${process.pid.toString(16)}` });
  const stop = new AbortController();
  const kernel = await host.kernelEvents(stop.signal, ['exec']);
  const listeners: Listening[] = [];
  for (const listener of [programEvents, oddProcessEvents]) listeners.push(await listener.listen(host, stop.signal));
  let [seen, known, rows] = [0, 0, 0];
  const reading = [
    (async () => {
      for await (const batch of kernel.batches) {
        for (const { filename, before } of batch) {
          if (filename !== target) continue;
          seen += 1;
          if (before?.user === 'root') known += 1;
        }
      }
    })(),
    ...listeners.map(async ({ events }) => {
      for await (const batch of events) rows += batch.length;
    }),
  ];
  return {
    seen: () => seen,
    known: () => known,
    rows: () => rows,
    lost: () => kernel.lost(),
    async [Symbol.asyncDispose]() {
      for (const listening of [kernel, ...listeners]) await listening[Symbol.asyncDispose]();
      await Promise.all(reading);
      host[Symbol.dispose]();
    },
  };
}

const cpuMs = (): number => process.cpuUsage().user / 1000 + process.cpuUsage().system / 1000;
const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

await run();
const ratios: number[] = [];
const costs: number[] = [];
let worst = starts;
for (let pair = 0; pair < pairs; pair += 1) {
  const without = await run();
  await using armed = await arm();
  await sleep(300);
  const before = cpuMs();
  const began = performance.now();
  const with_ = await run();
  const took = performance.now() - began;
  await sleep(400);
  costs.push(cpuMs() - before);
  ratios.push(with_ / without);
  worst = Math.min(worst, armed.seen());
  if (pair === 0)
    console.log(
      `${starts} starts in ${(took / 1000).toFixed(1)} s: seen ${armed.seen()}, with user and parent ${armed.known()}, ` +
        `lost ${armed.lost()}; rows told ${armed.rows()}; our CPU ${(costs[0] ?? 0).toFixed(0)} ms`,
    );
}
console.log(
  `${pairs} pairs: CPU time of the storm with us armed against without, median ${median(ratios).toFixed(3)} ` +
    `(${Math.min(...ratios).toFixed(3)}–${Math.max(...ratios).toFixed(3)}); our CPU median ${median(costs).toFixed(0)} ms ` +
    `(${((median(costs) * 1000) / starts).toFixed(1)} µs a start); fewest seen ${worst} of ${starts}`,
);
