/**
 * A flood with forged senders against the watch for scans, by each of its senses: memory before, in and after it (read four
 * times a second), how much was lost, what was told, and how soon a new scan is told afterwards. And what a
 * hundred thousand slow senders take. `FLOOD=50000 SECONDS=5 sh bin/node bench/flood.ts`; needs root and nmap.
 */

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeStand, type Stand } from '../test/lab/scan-stand.ts';
import type { Neighbour } from '../test/lab/star.ts';

const GENERATOR = resolve(import.meta.dirname, 'flood-generator.ts');
const NMAP = '/usr/bin/nmap';
const perSecond = process.env['FLOOD'] ?? '50000';
const seconds = process.env['SECONDS'] ?? '5';

function rssMiB(pid: number): number {
  const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  return Number(kib) / 1024;
}

/** Reads the memory of the watch until it is stopped. */
function follow(pid: number): { stop(): readonly number[] } {
  const seen: number[] = [];
  const timer = setInterval(() => seen.push(rssMiB(pid)), 250);
  return {
    stop() {
      clearInterval(timer);
      return seen;
    },
  };
}

async function macOf(from: Neighbour): Promise<string> {
  await from.net.run('/usr/bin/ping', ['-c', '1', from.target4]);
  const { stdout } = await from.net.run('/usr/sbin/ip', ['neigh', 'show', from.target4]);
  return /lladdr (\S+)/.exec(stdout)?.[1] ?? '';
}

async function floodOnce(stand: Stand, scanner: Neighbour, port: string): Promise<void> {
  const [from] = stand.neighbours as [Neighbour];
  const told = stand.told.length;
  const before = await stand.rows();
  const rss = rssMiB(stand.pid);
  const memory = follow(stand.pid);
  const args = [GENERATOR, from.device, await macOf(from), from.target4, perSecond, seconds, port === '' ? '0' : port];
  const { stdout, stderr } = await from.net.run(process.execPath, args);
  const endedMs = Date.now();
  const within = memory.stop();
  await scanner.net.run(NMAP, ['-n', '-Pn', '-sS', '-p', '1-20', scanner.target4]);
  await sleep(2000);
  const after = await stand.rows();
  const fresh = stand.told.slice(told);
  const scan = fresh.find(({ row }) => row.source === scanner.v4);
  const others = fresh
    .filter(({ row }) => row !== scan?.row)
    .map(({ row }) => `${row.form} ${row.source}: ${row.score}`);
  console.log(
    `${port === '' ? 'random ports' : `open port ${port}`}: ${stdout.trim() || stderr}\n` +
      `  memory ${rss.toFixed(1)} before, ${Math.max(...within).toFixed(1)} most in it, ${rssMiB(stand.pid).toFixed(1)} MiB after; ` +
      `CPU ${(after.cpuMs - before.cpuMs).toFixed(0)} ms; ${after.lost - before.lost} + ${after.rows.reduce((sum, { unseen }) => sum + unseen, 0)} packets lost\n` +
      `  told: ${others.join('; ') || 'nothing'}; a new scan ${scan === undefined ? 'NOT told' : `${scan.nowMs - endedMs} ms after the flood, ${scan.nowMs - scan.row.firstMs} ms after its first probe`}`,
  );
}

/** Two refused packets each of a hundred thousand senders, slowly enough to be no flood: what is remembered of them. */
async function manySenders(stand: Stand): Promise<void> {
  const [from] = stand.neighbours as [Neighbour];
  const rss = rssMiB(stand.pid);
  const memory = follow(stand.pid);
  const args = [GENERATOR, from.device, await macOf(from), from.target4, '1500', '134', '0', '100000'];
  const { stdout, stderr } = await from.net.run(process.execPath, args);
  await sleep(2000);
  const within = memory.stop();
  const { lost } = await stand.rows();
  console.log(
    `100,000 senders, 1,500 packets a second: ${stdout.trim() || stderr}\n` +
      `  memory ${rss.toFixed(1)} before, ${Math.max(...within).toFixed(1)} most in it, ${rssMiB(stand.pid).toFixed(1)} MiB after; ${lost} packets lost; ` +
      `told: ${stand.told.map(({ row }) => `${row.form} ${row.source}`).join('; ') || 'nothing'}`,
  );
}

if (process.env['SENDERS'] !== 'no') {
  await using stand = await makeStand(1);
  const [from] = stand.neighbours as [Neighbour];
  await stand.star.middle.run('/usr/sbin/ip', ['route', 'add', 'default', 'via', from.v4]);
  await sleep(2000);
  await manySenders(stand);
}

for (const sense of ['ring', 'log'] as const) {
  await using stand = await makeStand(4, 60_000, sense);
  const [from, ...scanners] = stand.neighbours as [Neighbour, ...Neighbour[]];
  // The answers to forged senders go out as well.
  await stand.star.middle.run('/usr/sbin/ip', ['route', 'add', 'default', 'via', from.v4]);
  await sleep(2000);
  console.log(`== ${sense === 'ring' ? 'packet ring' : 'NFLOG'}`);
  for (const [index, port] of ['', '', '80'].entries()) await floodOnce(stand, scanners[index] as Neighbour, port);
}
