/** Watches Telltale's own files: see docs/sensors/telltale.md. */

import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { type LockedPackages, runtimePackagesOf } from '#lib/lockfile.ts';
import type { Gap } from '#model/gap.ts';
import { type FileEvents, type FileStat, type Home, type Host, isFailure } from '#model/host.ts';
import { defineSensor, type Listener, type SensorEvent } from '#model/sensor.ts';
import { follow } from './host-file.ts';
import { alertFileRows, checkAlertFile } from './own-alert-files.ts';
import { type OwnFileRow, ownFiles } from './own-file-table.ts';
import { rightsOf } from './own-rights.ts';

/** A release has about 200, a clone with the packages that run inside 1,800. */
const MAX_FILES = 5000;
const MAX_DEPTH = 8;
/** Files read before others get a turn. */
const FILES_A_TURN = 50;
const MAX_FILE_BYTES = 64 << 20;
/** What Node compiled of the program (bin/node, NODE_COMPILE_CACHE): the first use of any command adds to it. */
const COMPILED = '/node_modules/.cache';

/** Without an event the files of the program are asked for their times this often. */
const PROGRAM_EVERY_MS = 300_000;

interface Kept {
  readonly stamp: string;
  readonly digest: string;
}
const kept = new WeakMap<object, Map<string, Kept>>();

/** The program as it was found last, and when that was, monotonic; -Infinity once something of it was touched. */
interface Found {
  row: OwnFileRow | undefined;
  gaps: readonly Gap[];
  atMs: number;
}
const programs = new WeakMap<Host, Found>();

/** Of a clone what does not run is left out: tests, and the sources of the page, whose built files come at the first start. */
const NOT_RUN = /\.test\.ts$|\/src\/web\/page$/;
/** 120 MB, and a row of its own. */
const NODE_PACKAGE = /^node-linux-/;

export default defineSensor<OwnFileRow>({
  name: 'telltale',
  doc: 'Compares the program, its Node, the settings, the state directory and alert files with how they were.',
  everyMs: 60_000,
  table: ownFiles,
  async look(host) {
    const { home } = host;
    if (home === undefined) return { rows: [], gaps: [], by: 'nothing: a recorded host' };
    const gaps: Gap[] = [];
    const rows = [
      await foundProgram(host, home, gaps),
      await fileRow(host, 'node', home.node, gaps),
      home.settings === '' ? undefined : await fileRow(host, 'settings', home.settings, gaps),
      await fileRow(host, 'state', home.stateDir, gaps),
      ...alertFileRows(host, home),
    ];
    return { rows: rows.filter((row) => row !== undefined), gaps, by: 'files' };
  },
});

export const telltaleListener: Listener = {
  name: 'telltale',
  doc: 'Changes of the settings, of the program and of the alert files of Telltale itself.',
  table: ownFiles.name,
  async listen(host, signal) {
    const files = await host.fileEvents({ paths: () => placesOf(host), follows: true }, signal);
    return {
      events: staleness(files, host),
      lost: () => files.lost(),
      by: files.by,
      gaps: files.gaps,
      [Symbol.asyncDispose]: () => files[Symbol.asyncDispose](),
    };
  },
};

function placesOf({ home }: Host): readonly string[] {
  if (home === undefined) return [];
  const program = ['lib', 'src', 'bin'].map((name) => `${home.program}/${name}`);
  return [home.settings, home.stateDir, ...program, ...(home.alertFiles ?? [])].filter((path) => path !== '');
}

/** What we append ourselves needs no look; what of the program was touched needs a whole one. */
async function* staleness(files: FileEvents, host: Host): AsyncGenerator<readonly SensorEvent[]> {
  const alerts = new Set(host.home?.alertFiles);
  const within = `${host.home?.stateDir ?? ''}/`;
  for await (const batch of files.batches) {
    const [first] = batch;
    if (first === undefined) {
      yield [];
      continue;
    }
    // Of what is written below the state directory the engine knows; here it is about the folder itself.
    const paths = new Set(batch.map(({ path }) => path).filter((path) => alerts.has(path) || !path.startsWith(within)));
    const cut = [...alerts].filter((path) => paths.has(path) && checkAlertFile(host, path));
    const isOther = [...paths].some((path) => !alerts.has(path));
    const found = programs.get(host);
    if (isOther && found !== undefined) found.atMs = -Infinity;
    if (isOther || cut.length > 0) yield [{ timeMs: first.timeMs, kind: 'stale', table: ownFiles.name }];
  }
}

async function foundProgram(host: Host, home: Home, gaps: Gap[]): Promise<OwnFileRow | undefined> {
  const found = programs.get(host) ?? { row: undefined, gaps: [], atMs: -Infinity };
  programs.set(host, found);
  const nowMs = host.clock.monotonicMs();
  if (nowMs - found.atMs >= PROGRAM_EVERY_MS) {
    // Before it: what is touched while it goes on is looked at again.
    found.atMs = nowMs;
    const its: Gap[] = [];
    found.row = await programRow(host, home, its);
    found.gaps = its;
  }
  gaps.push(...found.gaps);
  return found.row;
}

/** Undefined where there is none: the settings may be missing. */
async function fileRow(host: Host, part: string, path: string, gaps: Gap[]): Promise<OwnFileRow | undefined> {
  const found = follow(host, path);
  if (isFailure(found)) {
    if (found.error !== 'ENOENT') gaps.push({ what: path, why: found.error });
    return undefined;
  }
  const { stat } = found;
  const content = part === 'node' ? wholeOf : contentOf;
  const digest = part === 'state' ? '' : await content(host, found.path, stat, gaps);
  return {
    part,
    path: found.path,
    digest,
    ...rightsOf(host, stat),
    version: '',
    files: part === 'state' ? 0 : 1,
    newest: found.path,
    package: part === 'state' || part === 'settings' ? '' : host.packages.ownerOf(found.path),
  };
}

/**
 * Of the Node, which has 120 MB: read piece by piece, at the start and when its times or its links moved. By its times
 * alone a hard link to it (an installation beside it, a backup) was an exchanged Node.
 */
async function wholeOf(host: Host, path: string, stat: FileStat, gaps: Gap[]): Promise<string> {
  const { integrity } = host;
  if (integrity === undefined) return contentOf(host, path, stat, gaps);
  const known = keptOf(host).get(path);
  const stamp = stampOf(stat);
  if (known?.stamp === stamp) return known.digest;
  const digest = await integrity.deep.digest(path, 'sha256', setImmediate);
  if (typeof digest !== 'string') {
    gaps.push({ what: path, why: digest.error });
    return '';
  }
  keptOf(host).set(path, { stamp, digest: digest.slice(0, 32) });
  return digest.slice(0, 32);
}

function stampOf({ inode, sizeBytes, mtimeMs, ctimeMs }: FileStat): string {
  return `${inode} ${sizeBytes} ${mtimeMs} ${ctimeMs}`;
}

function keptOf(host: Host): Map<string, Kept> {
  const digests = kept.get(host) ?? new Map<string, Kept>();
  kept.set(host, digests);
  return digests;
}

function contentOf(host: Host, path: string, stat: FileStat, gaps: Gap[]): string {
  const stamp = stampOf(stat);
  const digests = keptOf(host);
  const known = digests.get(path);
  if (known?.stamp === stamp) return known.digest;
  const bytes = host.files.read(path, MAX_FILE_BYTES);
  if (isFailure(bytes)) {
    gaps.push({ what: path, why: bytes.error });
    return '';
  }
  const digest = digestOf(bytes);
  digests.set(path, { stamp, digest });
  return digest;
}

function digestOf(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 32);
}

async function programRow(host: Host, { program }: Home, gaps: Gap[]): Promise<OwnFileRow | undefined> {
  const isRelease = !isFailure(host.files.stat(`${program}/lib/main.js`));
  const stat = host.files.stat(program);
  if (isFailure(stat)) {
    gaps.push({ what: 'own program', why: stat.error });
    return undefined;
  }
  const parts = isRelease ? ['lib', 'node_modules'] : ['src', ...packagesOf(host, program)];
  const files = new Map<string, FileStat>();
  for (const name of ['package.json', 'package-lock.json', 'bin', ...parts])
    collect(host, `${program}/${name}`, files, 0);
  if (files.size >= MAX_FILES)
    gaps.push({ what: 'own program', why: `more than ${MAX_FILES} files: the rest is not compared` });
  const whole = createHash('sha256');
  let newest = { path: '', ctimeMs: 0 };
  for (const [index, path] of [...files.keys()].sort().entries()) {
    if (index % FILES_A_TURN === 0) await setImmediate();
    const file = files.get(path);
    if (file === undefined) continue;
    whole.update(`${path.slice(program.length)}\0${file.mode}\0${contentOf(host, path, file, gaps)}\n`);
    if (file.ctimeMs > newest.ctimeMs) newest = { path, ctimeMs: file.ctimeMs };
  }
  return {
    part: 'program',
    path: program,
    digest: whole.digest('hex').slice(0, 32),
    ...rightsOf(host, stat),
    version: versionOf(host, program),
    files: files.size,
    newest: newest.path,
    package: isRelease ? host.packages.ownerOf(`${program}/lib/main.js`) : '',
  };
}

/** Folders of the packages that run inside a clone. */
function packagesOf(host: Host, program: string): readonly string[] {
  const bytes = host.files.read(`${program}/package-lock.json`, MAX_FILE_BYTES);
  if (isFailure(bytes)) return [];
  return lockedIn(bytes.toString('utf8'))
    .filter((name) => !NODE_PACKAGE.test(name))
    .map((name) => `node_modules/${name}`);
}

/** None where it is no JSON: its digest says that it was changed. */
function lockedIn(text: string): readonly string[] {
  try {
    const { packages = {} } = JSON.parse(text) as { packages?: LockedPackages };
    return runtimePackagesOf(packages);
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

function collect(host: Host, path: string, files: Map<string, FileStat>, depth: number): void {
  const stat = host.files.stat(path);
  if (isFailure(stat) || files.size >= MAX_FILES || depth > MAX_DEPTH) return;
  if (path.endsWith(COMPILED) || NOT_RUN.test(path)) return;
  if (stat.type === 'file') files.set(path, stat);
  if (stat.type !== 'directory') return;
  const names = host.files.list(path);
  for (const name of isFailure(names) ? [] : names) collect(host, `${path}/${name}`, files, depth + 1);
}

function versionOf(host: Host, program: string): string {
  const bytes = host.files.read(`${program}/package.json`, MAX_FILE_BYTES);
  return isFailure(bytes) ? '' : (/"version":\s*"([0-9A-Za-z.+-]{1,40})"/.exec(bytes.toString('utf8'))?.[1] ?? '');
}
