/** A stand for tests of scans: a watched namespace with two open ports, neighbours that scan it, and what was told. */

import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { ScanRow } from '#sensors/scan-table.ts';
import { until } from './site.ts';
import { makeStar, type Neighbour, type Star } from './star.ts';

const NODE = process.execPath;
/** As bin/telltale starts the daemon. */
const DAEMON_FLAGS = ['--max-semi-space-size=1', '--optimize-for-size'];
const lab = import.meta.dirname;

/** Ports 22 and 80, IPv4 and IPv6: a banner at once, so that a version probe need not wait for its time limit. */
const SERVER = `
for (const port of [22, 80]) require('node:net').createServer((socket) => {
  socket.on('error', () => socket.destroy());
  socket.end('SSH-2.0-OpenSSH_9.2\\r\\n');
}).listen(port, '::', () => process.stdout.write('open\\n'));
process.stdin.on('end', () => process.exit(0)).resume();
`;

interface Said {
  readonly ready?: true;
  readonly by?: string;
  readonly told?: ScanRow;
  readonly nowMs?: number;
  readonly rows?: readonly ScanRow[];
  readonly lost?: number;
  readonly cpuMs?: number;
  readonly rssKiB?: number;
}

export interface Stand extends AsyncDisposable {
  readonly star: Star;
  /** What was told so far, in order, with when. */
  readonly told: readonly { readonly row: ScanRow; readonly nowMs: number }[];
  /** What goes on now, and what the watch has cost so far. */
  rows(): Promise<Required<Pick<Said, 'rows' | 'lost' | 'cpuMs' | 'rssKiB'>>>;
  readonly neighbours: readonly Neighbour[];
  /** Process id of the watch. */
  readonly pid: number;
}

/** Opens the stand with so many neighbours; scans are over after `quietMs`. */
export async function makeStand(
  count: number,
  quietMs = 60_000,
  sense: 'ring' | 'log' | 'traced' = 'ring',
): Promise<Stand> {
  await using stack = new AsyncDisposableStack();
  const star = stack.use(await makeStar());
  const neighbours: Neighbour[] = [];
  for (let made = 0; made < count; made += 1) neighbours.push(await star.neighbour());
  const server = star.middle.spawn(NODE, ['-e', SERVER]);
  await once(server.stdout ?? server, 'data');
  const watch = await startWatch(star, quietMs, sense);
  const owned = stack.move();
  return { star, neighbours, ...watch, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** The watch alone: it ends with the namespace, or with its input. */
async function startWatch(star: Star, quietMs: number, sense: string): Promise<Pick<Stand, 'told' | 'rows' | 'pid'>> {
  const watch = star.middle.spawn(NODE, [
    ...DAEMON_FLAGS,
    resolve(lab, 'watch-scans.ts'),
    String(quietMs),
    'normal',
    sense,
  ]);
  const said: Said[] = [];
  const wanted = sense === 'log' ? 'NFLOG' : 'packet ring';
  const told: { row: ScanRow; nowMs: number }[] = [];
  let errors = '';
  watch.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  if (watch.stdout === null) throw new Error('The watch has no output');
  createInterface({ input: watch.stdout }).on('line', (line) => {
    const value = JSON.parse(line) as Said;
    said.push(value);
    if (value.told !== undefined) told.push({ row: value.told, nowMs: value.nowMs ?? 0 });
  });
  await until('the watch for scans', () => {
    if (watch.exitCode !== null) throw new Error(`The watch ended: ${errors}`);
    if (said[0] !== undefined && said[0].by !== wanted) throw new Error(`The watch hears by ${said[0].by}`);
    return said.length > 0;
  });
  return {
    told,
    pid: watch.pid ?? 0,
    async rows() {
      const before = said.filter(({ rows }) => rows !== undefined).length;
      watch.stdin?.write('\n');
      const answer = await until('the rows', () => said.filter(({ rows }) => rows !== undefined)[before]);
      return { rows: answer.rows ?? [], lost: answer.lost ?? 0, cpuMs: answer.cpuMs ?? 0, rssKiB: answer.rssKiB ?? 0 };
    },
  };
}
