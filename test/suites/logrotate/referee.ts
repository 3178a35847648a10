/**
 * Runs a case by the real logrotate and by ours, in the same folder under the same name, and compares what they left:
 * files with content, mode, owner and time, the state file, the exit code, and what they said.
 */

import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** One configuration and the tree it meets. */
export interface Case {
  readonly name: string;
  /** Shell, run in the folder, which has `log/` and `app.conf` afterwards; `@` in config is the folder. */
  readonly setup?: string;
  readonly config: string;
  /** Arguments before the configuration; `-s @/state` is added. */
  readonly args?: string;
  /** Rows of the state file, or its whole text when it begins with "logrotate". */
  readonly state?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Run as this user instead of root. */
  readonly as?: string;
  /** Times that both are run. */
  readonly runs?: number;
  /** What may differ from Debian's 3.21, and why. */
  readonly differs?: Partial<Record<'files' | 'state' | 'code' | 'words', string>>;
}

export interface Outcome {
  readonly files: readonly string[];
  readonly state: readonly string[];
  readonly code: readonly number[];
  readonly words: string;
}

export const REAL = '/usr/sbin/logrotate';
const root = resolve(import.meta.dirname, '../../..');
const ours = ['/bin/sh', join(root, 'bin/telltale'), 'logrotate'];
const OLD_MS = 120_000;

/** Outcome of one of the two. */
export function runCase(item: Case, folder: string, which: 'real' | 'ours'): Outcome {
  const place = (text: string): string => text.replaceAll('@/', `${folder}/`);
  build(item, folder, place);
  const begin = which === 'real' ? [REAL] : ours;
  const command = [
    ...begin,
    ...place(item.args ?? '-v').split(' '),
    '-s',
    join(folder, 'state'),
    ...(item.config === '' ? [] : ['app.conf']),
  ];
  const code: number[] = [];
  let words = '';
  for (let run = 0; run < (item.runs ?? 1); run += 1) {
    const done = start(command, folder, item);
    code.push(done.status ?? -1);
    words += Buffer.concat([done.stderr, done.stdout]).toString('latin1');
  }
  const state =
    existsSync(join(folder, 'state')) && lstatSync(join(folder, 'state')).isFile()
      ? readFileSync(join(folder, 'state'), 'latin1')
      : '';
  return { files: filesIn(folder), state: plainState(state), code, words: plainWords(words, folder) };
}

function start(command: readonly string[], cwd: string, item: Case): SpawnSyncReturns<Buffer> {
  const env = { PATH: process.env['PATH'], HOME: '/root', LC_ALL: 'C', ...item.env };
  const [file = '', ...args] =
    item.as === undefined
      ? command
      : ['setpriv', `--reuid=${item.as}`, `--regid=${item.as}`, '--clear-groups', ...command];
  return spawnSync(file, args, { cwd, env });
}

/** The tree, the configuration and the state of a case. */
function build(item: Case, folder: string, place: (text: string) => string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'log'), { recursive: true, mode: 0o755 });
  if (item.setup !== undefined) sh(place(item.setup), folder);
  writeFileSync(join(folder, 'app.conf'), place(item.config), { mode: 0o644 });
  if (item.state !== undefined) {
    const whole = item.state.startsWith('logrotate') || item.state === '';
    const text = whole ? item.state : `logrotate state -- version 2\n${item.state}`;
    writeFileSync(join(folder, 'state'), place(text), { mode: 0o640 });
  }
  if (item.as !== undefined) sh(`chown -R ${item.as} .`, folder);
}

function sh(script: string, cwd: string): void {
  const done = spawnSync('/bin/sh', ['-ec', script], { cwd, encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`Cannot set the case up: ${done.stderr}`);
}

function filesIn(folder: string): string[] {
  const found: string[] = [];
  const walk = (path: string): void => {
    for (const name of readdirSync(bytes(join(folder, path)), 'latin1').sort()) {
      const inside = join(path, name);
      if (inside === 'state' || inside === 'app.conf') continue;
      found.push(describe(folder, inside));
      if (lstatSync(bytes(join(folder, inside))).isDirectory()) walk(inside);
    }
  };
  walk('');
  return found;
}

function bytes(path: string): Buffer {
  return Buffer.from(path, 'latin1');
}

function describe(folder: string, path: string): string {
  const full = bytes(join(folder, path));
  const stats = lstatSync(full);
  const mode = (stats.mode & 0o7777).toString(8);
  let content = '';
  if (stats.isSymbolicLink()) content = `-> ${readlinkSync(full)}`;
  else if (stats.isFile()) content = contentOf(readFileSync(full));
  // Only times of long ago tell something: what was made in the run has the time of the run.
  const time = Date.now() - stats.mtimeMs > OLD_MS && stats.isFile() ? ` ${Math.floor(stats.mtimeMs / 1000)}` : '';
  const kind = stats.isDirectory()
    ? 'folder'
    : stats.isFile()
      ? `file${stats.nlink > 1 ? ` links ${stats.nlink}` : ''}`
      : 'other';
  return `${path} ${kind} ${mode} ${stats.uid}:${stats.gid}${time} ${content}`.replaceAll(folder, '@');
}

function contentOf(bytes: Buffer): string {
  const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
  const text = plain.toString('latin1');
  return text.length > 300 ? `${text.length} bytes ${text.slice(0, 40)}…${text.slice(-40)}` : JSON.stringify(text);
}

/** Order does not matter; the minute and second of now become "now". */
function plainState(text: string): string[] {
  const now = new Date();
  const today = `${now.getFullYear()}-${now.getMonth() + 1}-${now.getDate()}-`;
  return text
    .split('\n')
    .map((line) => (line.includes(` ${today}`) && !line.endsWith(':0:0') ? line.replace(/\d+:\d+:\d+$/, 'now') : line))
    .sort();
}

/** What differs by the process or the minute is made equal, and nothing else. */
function plainWords(text: string, folder: string): string {
  return (
    text
      .replaceAll(folder, '@')
      .replace(/\(pid \d+\)/g, '(pid N)')
      .replace(/^ {2}Now: .*$/gm, '  Now: NOW')
      .replace(/Last rotated at 2\S+ \d\d:(?!00)\d\d$/gm, 'Last rotated at NOW')
      .replace(/size \d+ entries/g, 'size N entries')
      // 3.21 forgot the line end here.
      .replace(/(acquired lock on state file @\/state|waiting for lock on state file @\/state)\n?/g, '$1\n')
      // In the order of the folder, which is any.
      .replace(/(?:^Ignoring .*, because of .*\n)+/gm, (lines) => `${lines.trimEnd().split('\n').sort().join('\n')}\n`)
      // Upstream prints whatever errno was left over.
      .replace(/(Failed to remove old log \S+|error opening \S+): .*$/gm, '$1: WORDS')
  );
}
