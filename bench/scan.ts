/**
 * The watch for scans between network namespaces: how long until a scan is told, what it costs when nothing happens and
 * when much is sent through the host, and what a hundred thousand senders take of its memory. The peer of the upload is
 * the same upload without the watch, in turns. Floods: bench/flood.ts. `sh bin/node bench/scan.ts`; needs root and nmap.
 */

import { once } from 'node:events';
import { resolve } from 'node:path';
import process from 'node:process';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { RST, SYN } from '#formats/packet-header.ts';
import { ScanBook } from '#sensors/scans/book.ts';
import { OutboundBook } from '#sensors/scans/outbound.ts';
import { ScanReader } from '#sensors/scans/reader.ts';
import { heard, tcpPacket } from '../test/lab/fake-packets.ts';
import { makeStand, type Stand } from '../test/lab/scan-stand.ts';
import { makeStar, type Neighbour, type Star } from '../test/lab/star.ts';

const NMAP = '/usr/bin/nmap';
const MIB = 1 << 20;
const WATCH = resolve(import.meta.dirname, '../test/lab/watch-scans.ts');
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
  const watch = watched ? star.middle.spawn(process.execPath, [WATCH, '60000']) : undefined;
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

/** A hundred thousand senders with two refused packets each, over ten minutes. */
function manySources(): void {
  const collect = (globalThis as { gc?: () => void }).gc;
  const book = new ScanBook({ sensitivity: 'normal', quietMs: 60_000 });
  const parts = {
    book,
    outbound: new OutboundBook(),
    ephemeral: [32_768, 60_999] as const,
    isOurs: () => true,
    isTrap: () => false,
  };
  const reader = new ScanReader(parts);
  collect?.();
  const before = process.memoryUsage();
  const us = '192.0.2.1';
  const began = performance.now();
  for (let count = 0; count < 100_000; count += 1) {
    const from = `${11 + (count % 200)}.${(count >> 3) & 255}.${(count >> 11) & 255}.${count & 7}`;
    const timeMs = 1_800_000_000_000 + count * 6;
    for (const port of [1 + (count % 30_000), 2 + ((count * 7) % 30_000)]) {
      reader.take(heard(tcpPacket({ from, to: us, targetPort: port, flags: SYN, seq: count }), timeMs));
      const back = { from: us, to: from, sourcePort: port, targetPort: 50_000, seq: 0 };
      reader.take(heard(tcpPacket({ ...back, flags: RST | 16 }), timeMs, false));
    }
    if (count % 10 === 0) book.settle(timeMs);
  }
  const took = performance.now() - began;
  collect?.();
  const after = process.memoryUsage();
  console.log(
    `100,000 sources: ${book.size} remembered, ${((after.heapUsed + after.external - before.heapUsed - before.external) / MIB).toFixed(1)} MiB held ` +
      `(${((after.rss - before.rss) / MIB).toFixed(0)} MiB more RSS), ${((took / 400_000) * 1000).toFixed(1)} µs a packet with making it`,
  );
}

manySources();
{
  await using stand = await makeStand(8);
  await idle(stand);
  await firstAlerts(stand);
}
if (process.env['UPLOAD'] !== 'no') await upload();
