/**
 * The watch for scans between network namespaces: how long until a scan is told, what it costs when nothing happens and
 * when much is sent through the host. The peer of the upload is the same upload without the watch, in turns. Floods and many
 * senders: bench/flood.ts. `SENSE=log` hears
 * by NFLOG. `sh bin/node bench/scan.ts`; needs root and nmap.
 */

import { once } from 'node:events';
import { resolve } from 'node:path';
import process from 'node:process';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeStand, type Stand } from '../test/lab/scan-stand.ts';
import { makeStar, type Neighbour, type Star } from '../test/lab/star.ts';

const NMAP = '/usr/bin/nmap';
const WATCH = resolve(import.meta.dirname, '../test/lab/watch-scans.ts');
/** "ring" or "log" (NFLOG). */
const sense = process.env['SENSE'] === 'log' ? 'log' : 'ring';
const idleSeconds = Number(process.env['IDLE_SECONDS'] ?? 15);

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

async function firstAlerts(stand: Stand): Promise<void> {
  const options = [['-sS'], ['-sT'], ['-sF'], ['-sU'], ['-sA'], ['-sS', '-f']];
  const delays: number[] = [];
  for (const [index, option] of options.entries()) {
    const from = stand.neighbours[index + 1] as Neighbour;
    const before = stand.told.length;
    await from.net.run(NMAP, ['-n', '-Pn', '--max-retries', '1', ...option, '-p', '1-20', from.target4]);
    await sleep(600);
    const told = stand.told[before];
    if (told === undefined) console.log(`${option.join(' ')}: NOT TOLD`);
    else delays.push(told.nowMs - told.row.firstMs);
  }
  console.log(
    `first probe to alert, ${delays.length} kinds: median ${median(delays).toFixed(0)} ms, most ${Math.max(...delays)} ms`,
  );
}

async function idle(stand: Stand): Promise<void> {
  const before = await stand.rows();
  await sleep(idleSeconds * 1000);
  const after = await stand.rows();
  console.log(
    `nothing happens, ${idleSeconds} s: ${((after.cpuMs - before.cpuMs) / idleSeconds).toFixed(1)} ms CPU a second of the whole process`,
  );
}

const SINK = `require('node:net').createServer((socket) => {
  const begin = process.cpuUsage();
  socket.resume().on('end', () => { const { user, system } = process.cpuUsage(begin); console.log((user + system) / 1000); });
}).listen(9999, '::', () => console.log('open'));`;
/** Sends a GiB; prints milliseconds of CPU and of the clock. */
const source = (to: string): string => `
const socket = require('node:net').connect(9999, '${to}').resume();
const block = Buffer.alloc(1 << 18);
let sent = 0;
socket.on('connect', () => {
  const begin = process.cpuUsage(), beganMs = Date.now();
  const send = () => {
    while (sent < 2 ** 30) { sent += block.length; if (!socket.write(block)) return void socket.once('drain', send); }
    socket.end();
  };
  socket.on('close', () => {
    const { user, system } = process.cpuUsage(begin);
    console.log((user + system) / 1000, Date.now() - beganMs);
    process.exit(0);
  });
  send();
});`;

/** One upload of a GiB: CPU of sender and receiver, and the clock, in milliseconds. */
async function send(
  star: Star,
  from: Neighbour,
  sink: Readable,
  watched: boolean,
): Promise<{ cpu: number; ms: number }> {
  const watch = watched ? star.middle.spawn(process.execPath, [WATCH, '60000', 'normal', sense]) : undefined;
  if (watch?.stdout) await once(watch.stdout, 'data');
  await sleep(500);
  const sinkCpu = once(sink, 'data');
  const { stdout } = await from.net.run(process.execPath, ['-e', source(from.target4)]);
  const [cpu = 0, ms = 0] = stdout.trim().split(' ').map(Number);
  const all = cpu + Number(String(await sinkCpu));
  watch?.stdin?.end();
  if (watch !== undefined) await once(watch, 'exit');
  return { cpu: all, ms };
}

/** CPU time, in which the kernel's work is, tells more than the clock of a busy machine. */
async function upload(): Promise<void> {
  const found = { with: [] as { cpu: number; ms: number }[], without: [] as { cpu: number; ms: number }[] };
  await using star = await makeStar();
  const from = await star.neighbour();
  const { stdout: sink } = star.middle.spawn(process.execPath, ['-e', SINK]);
  if (sink === null) throw new Error('The sink has no output');
  await once(sink, 'data');
  for (let round = 0; round < 7; round += 1) {
    const ways = ['without', 'with'] as const;
    for (const way of round % 2 === 0 ? ways : ways.toReversed())
      found[way].push(await send(star, from, sink, way === 'with'));
  }
  const [watched, plain] = [found.with, found.without].map((runs) => ({
    cpu: median(runs.map(({ cpu }) => cpu)),
    ms: median(runs.map(({ ms }) => ms)),
  })) as [{ cpu: number; ms: number }, { cpu: number; ms: number }];
  console.log(
    `upload of a GiB, median of 7: CPU ${watched.cpu.toFixed(0)} ms with the watch, ${plain.cpu.toFixed(0)} without: ratio ` +
      `${(watched.cpu / plain.cpu).toFixed(3)}; time ${watched.ms} and ${plain.ms} ms: ratio ${(watched.ms / plain.ms).toFixed(3)}`,
  );
}

{
  await using stand = await makeStand(8, 60_000, sense);
  await idle(stand);
  await firstAlerts(stand);
}
if (process.env['UPLOAD'] !== 'no') await upload();
