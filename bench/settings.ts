/**
 * From a write to a setting of the kernel to the line in the alert file, 100 times, in a network namespace of its own;
 * then how many of 20 settings that were changed and changed back after 50 ms, 5 ms and at once are told.
 */

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeSite, startDaemon, stop } from '../test/lab/site.ts';

const CHANGES = 100;
const FLIPS = 20;
const FORWARD = '/proc/sys/net/ipv4/ip_forward';

await using site = await makeSite();
const { child } = await startDaemon(site);
const alertFile = join(site.temp, 'alerts.jsonl');
const sizeOf = (): number => statSync(alertFile, { throwIfNoEntry: false })?.size ?? 0;

/** A shell in the namespace that writes what it is told, without the start of a process. */
const shell = site.net.spawn('/bin/sh', []);
const write = (lines: string): void => void shell.stdin?.write(`${lines}\n`);
await sleep(1000);

async function grows(before: number, limitMs: number): Promise<number> {
  for (const start = performance.now(); ; await sleep(1)) {
    if (sizeOf() > before) return performance.now() - start;
    if (performance.now() - start > limitMs) return Number.POSITIVE_INFINITY;
  }
}

const tookMs: number[] = [];
for (let turn = 0; turn < CHANGES; turn += 1) {
  const before = sizeOf();
  write(`echo ${(turn + 1) % 2} > ${FORWARD}`);
  tookMs.push(await grows(before, 15_000));
  await sleep(1000);
}
tookMs.sort((a, b) => a - b);
const at = (share: number): string => (tookMs[Math.min(CHANGES - 1, Math.floor(CHANGES * share))] ?? NaN).toFixed(0);
console.log(
  `${CHANGES} changes: write to alert line p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${tookMs.at(-1)?.toFixed(0)} ms`,
);

for (const [words, between] of [
  ['after 50 ms', 'sleep 0.05'],
  ['after 5 ms', 'sleep 0.005'],
  ['at once', ':'],
] as const) {
  let told = 0;
  for (let turn = 0; turn < FLIPS; turn += 1) {
    const before = sizeOf();
    write(`echo 1 > ${FORWARD}; ${between}; echo 0 > ${FORWARD}`);
    if ((await grows(before, 700)) < 700) told += 1;
    await sleep(600);
  }
  console.log(`changed back ${words}: ${told} of ${FLIPS} told`);
}
const last = readFileSync(alertFile, 'utf8').trim().split('\n').at(-1) ?? '';
console.log(`the last line: ${last.slice(0, 300)}`);
shell.stdin?.end();
await stop(child);
