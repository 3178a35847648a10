/**
 * Rotation beside the real logrotate, in one run: nothing due, all forced, compression, and copytruncate under a live
 * writer. Prints the time of both and their ratio. `sh bin/node bench/rotate.ts`; needs root and the package logrotate.
 */

import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const REAL = '/usr/sbin/logrotate';
const OURS = `sh ${join(root, 'bin/telltale')} logrotate`;
const LOGS = 1000;
const ROUNDS = 5;
const LINES_A_SECOND = 50_000;
const ROTATIONS = 10;
const SECONDS = 8;

interface Spent {
  readonly cpuMs: number;
  readonly wallMs: number;
}

/** User, system and wall time of a command with all its children. */
function once(command: string, cwd: string): Spent {
  const script = `TIMEFORMAT='%U %S %R'; time ${command} >/dev/null 2>&1`;
  const done = spawnSync('/bin/bash', ['-c', script], { cwd, encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });
  const [user = Number.NaN, system = Number.NaN, wall = Number.NaN] = done.stderr.trim().split(' ').map(Number);
  return { cpuMs: (user + system) * 1000, wallMs: wall * 1000 };
}

function median(command: string, cwd: string, before: () => void): Spent {
  const all = Array.from({ length: ROUNDS }, () => {
    before();
    return once(command, cwd);
  });
  const middle = (values: number[]): number =>
    values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
  return { cpuMs: middle(all.map(({ cpuMs }) => cpuMs)), wallMs: middle(all.map(({ wallMs }) => wallMs)) };
}

function tree(folder: string, body: string, logs: number, text: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'log'), { recursive: true });
  let state = 'logrotate state -- version 2\n';
  const now = new Date();
  const today = `${now.getFullYear()}-${now.getMonth() + 1}-${now.getDate()}-${now.getHours()}:0:0`;
  for (let log = 0; log < logs; log += 1) {
    writeFileSync(join(folder, `log/${log}.log`), text);
    state += `"${folder}/log/${log}.log" ${today}\n`;
  }
  writeFileSync(join(folder, 'state'), state, { mode: 0o640 });
  writeFileSync(join(folder, 'conf'), `${folder}/log/*.log {\nweekly\nrotate 3\n${body}\n}\n`, { mode: 0o644 });
}

/** Without `startMs` nothing is excluded: what starts there is less than in the run that was measured for it. */
function line(name: string, real: Spent, ours: Spent, startMs?: number): void {
  const show = (value: number): string => value.toFixed(0).padStart(6);
  const rest = startMs === undefined ? '' : `start excluded ×${((ours.cpuMs - startMs) / real.cpuMs).toFixed(2)}`;
  process.stdout.write(
    `${name.padEnd(30)} CPU ms ${show(real.cpuMs)} ${show(ours.cpuMs)}  ×${(ours.cpuMs / real.cpuMs).toFixed(2)}  ${rest.padEnd(20)}` +
      `   wall ms ${show(real.wallMs)} ${show(ours.wallMs)}  ×${(ours.wallMs / real.wallMs).toFixed(2)}\n`,
  );
}

function compare(folder: string, startMs: number): void {
  const forced = '-f -s state conf';
  const cases: readonly (readonly [string, string, string, number, string])[] = [
    ['1,000 logs, nothing due', '', '-s state conf', LOGS, 'x\n'],
    ['1,000 logs, forced', '', forced, LOGS, 'x\n'],
    ['1,000 logs, forced, create', 'create', forced, LOGS, 'x\n'],
    ['1,000 logs, forced, compressed', 'create\ncompress', forced, LOGS, 'a line of a log\n'.repeat(100)],
    [
      '8 logs of 16 MiB, compressed',
      'create\ncompress',
      forced,
      8,
      'Nov 21 04:00:00 host app[1]: a line\n'.repeat(466_000),
    ],
    [
      '8 logs of 16 MiB, xz -1',
      'create\ncompress\ncompresscmd xz\ncompressoptions -1',
      forced,
      8,
      'Nov 21 04:00:00 host app[1]: a line\n'.repeat(466_000),
    ],
  ];
  for (const [name, body, args, logs, text] of cases) {
    const before = (): void => tree(folder, body, logs, text);
    const real = median(`${REAL} ${args}`, folder, before);
    line(name, real, median(`${OURS} ${args}`, folder, before), args === forced ? startMs : undefined);
  }
}

/** As with a watch on the host: every rotation is recorded and every log sealed, which logrotate does not do. */
function sealed(base: string, folder: string, startMs: number): void {
  const state = join(base, 'watch');
  mkdirSync(state, { mode: 0o700 });
  const before = (): void => {
    tree(folder, 'create', LOGS, 'x\n');
    rmSync(join(state, 'rotations.jsonl'), { force: true });
  };
  const real = median(`${REAL} -f -s state conf`, folder, before);
  const ours = median(`env TELLTALE_STATE_DIR=${state} ${OURS} -f -s state conf`, folder, before);
  line('1,000 logs, forced, sealed', real, ours, startMs);
}

const WRITER = `
const fs = require('node:fs');
const fd = fs.openSync(process.argv[1], 'a');
const rate = ${LINES_A_SECOND}, total = rate * ${SECONDS};
const began = performance.now();
let sent = 0;
while (sent < total) {
  const due = Math.min(total, Math.floor(((performance.now() - began) / 1000) * rate));
  for (; sent < due; sent += 1) fs.writeSync(fd, 'line ' + sent + ' of a log that never rests\\n');
}`;

/** Lines that are nowhere, or stand twice, after rotations while somebody writes. */
async function copytruncate(command: string, folder: string): Promise<string> {
  tree(folder, 'copytruncate\nrotate 99', 1, '');
  const log = join(folder, 'log/0.log');
  const writer = spawn(process.execPath, ['-e', WRITER, log], { stdio: 'inherit' });
  const ended = new Promise<void>((done) => writer.on('exit', () => done()));
  for (let rotation = 0; rotation < ROTATIONS; rotation += 1) {
    await new Promise((done) => setTimeout(done, (SECONDS * 900) / ROTATIONS));
    // Not spawnSync: the clock of the next one must run while this one works.
    await new Promise<void>((done) =>
      spawn('/bin/sh', ['-c', `${command} -f -s state conf`], { cwd: folder, stdio: 'ignore' }).on('exit', () =>
        done(),
      ),
    );
  }
  await ended;
  const seen = new Map<string, number>();
  for (const name of readdirSync(join(folder, 'log'))) {
    for (const text of readFileSync(join(folder, 'log', name), 'utf8').split('\n')) {
      const number = /^line (\d+) of a log that never rests$/.exec(text)?.[1];
      if (number !== undefined) seen.set(number, (seen.get(number) ?? 0) + 1);
    }
  }
  const total = LINES_A_SECOND * SECONDS;
  const twice = [...seen.values()].filter((count) => count > 1).length;
  return `${total - seen.size} of ${total} lines lost, ${twice} twice, in ${readdirSync(join(folder, 'log')).length - 1} rotations`;
}

/** A tmpfs cannot collapse a file: there its last page is held while it is truncated. */
async function inMemory(): Promise<void> {
  const shm = mkdtempSync('/dev/shm/telltale-bench-');
  chmodSync(shm, 0o755);
  try {
    const folder = join(shm, 'w');
    process.stdout.write(`copytruncate, 50,000 lines/s, tmpfs: logrotate ${await copytruncate(REAL, folder)}\n`);
    process.stdout.write(`copytruncate, 50,000 lines/s, tmpfs: telltale  ${await copytruncate(OURS, folder)}\n`);
  } finally {
    rmSync(shm, { recursive: true, force: true });
  }
}

const base = mkdtempSync(join(tmpdir(), 'telltale-bench-'));
chmodSync(base, 0o755);
try {
  const folder = join(base, 'w');
  const bare = median(`sh ${join(root, 'bin/node')} -e 0`, base, () => undefined);
  // One log, rotated: all code is loaded and flock(1) was started; what more logs cost comes on top.
  const start = median(`${OURS} -f -s state conf`, folder, () => tree(folder, '', 1, 'x\n'));
  process.stdout.write(
    `Node alone ${bare.cpuMs.toFixed(0)} ms, with our code loaded and one log rotated ${start.cpuMs.toFixed(0)} ms (columns: logrotate, telltale)\n`,
  );
  compare(folder, start.cpuMs);
  sealed(base, folder, start.cpuMs);
  process.stdout.write(`copytruncate, 50,000 lines/s, disk:  logrotate ${await copytruncate(REAL, folder)}\n`);
  process.stdout.write(`copytruncate, 50,000 lines/s, disk:  telltale  ${await copytruncate(OURS, folder)}\n`);
  await inMemory();
} finally {
  rmSync(base, { recursive: true, force: true });
}
