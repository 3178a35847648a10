/** Watches Telltale's own files: see docs/sensors/telltale.md. */

import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Gap } from '#model/gap.ts';
import { type FileStat, type Home, type Host, isFailure } from '#model/host.ts';
import { defineSensor } from '#model/sensor.ts';
import { hearFiles } from './file-listener.ts';
import { follow } from './host-file.ts';
import { type OwnFileRow, ownFiles } from './own-file-table.ts';

/** Files of a release at most; it has about 200. */
const MAX_FILES = 5000;
const MAX_DEPTH = 8;
const MAX_FILE_BYTES = 64 << 20;
const WRITABLE_BY_OTHERS = 0o022;
/** What Node compiled of the program (bin/node, NODE_COMPILE_CACHE): the first use of any command adds to it. */
const COMPILED = '/node_modules/.cache';

interface Kept {
  readonly stamp: string;
  readonly digest: string;
}
const kept = new WeakMap<object, Map<string, Kept>>();

/** A clone that people work in changes all the time: only a release is compared whole, and that is said. */
export default defineSensor<OwnFileRow>({
  name: 'telltale',
  doc: 'Compares the program, its Node, the settings and the state directory with how they were.',
  everyMs: 60_000,
  table: ownFiles,
  async look(host) {
    const { home } = host;
    if (home === undefined) return { rows: [], gaps: [], by: 'nothing: a recorded host' };
    const gaps: Gap[] = [];
    const rows = [
      programRow(host, home, gaps),
      await fileRow(host, 'node', home.node, gaps),
      home.settings === '' ? undefined : await fileRow(host, 'settings', home.settings, gaps),
      await fileRow(host, 'state', home.stateDir, gaps),
    ];
    return { rows: rows.filter((row) => row !== undefined), gaps, by: 'files' };
  },
});

export const telltaleListener = hearFiles({
  name: 'telltale',
  doc: 'Changes of the settings and of the program of Telltale itself.',
  table: 'telltale',
  paths: ({ home }) =>
    home === undefined
      ? []
      : [home.settings, `${home.program}/lib`, `${home.program}/bin`].filter((path) => path !== ''),
});

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

function rightsOf(host: Host, stat: FileStat): Pick<OwnFileRow, 'mode' | 'owner' | 'openToOthers'> {
  return {
    mode: (stat.mode & 0o7777).toString(8).padStart(4, '0'),
    owner: host.userName(stat.uid),
    openToOthers: stat.type !== 'symlink' && (stat.mode & WRITABLE_BY_OTHERS) !== 0,
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

function programRow(host: Host, { program }: Home, gaps: Gap[]): OwnFileRow | undefined {
  const main = host.files.stat(`${program}/lib/main.js`);
  const stat = host.files.stat(program);
  if (isFailure(main) || isFailure(stat)) {
    gaps.push({
      what: 'own program',
      why: 'it runs from a clone, which people change: only a release is compared',
      reduced: true,
    });
    return undefined;
  }
  const paths: string[] = [];
  for (const name of ['package.json', 'package-lock.json', 'bin', 'lib', 'node_modules'])
    collect(host, `${program}/${name}`, paths, 0);
  if (paths.length >= MAX_FILES)
    gaps.push({ what: 'own program', why: `more than ${MAX_FILES} files: the rest is not compared` });
  const whole = createHash('sha256');
  let newest = { path: '', ctimeMs: 0 };
  for (const path of paths.sort()) {
    const file = host.files.stat(path);
    if (isFailure(file)) continue;
    whole.update(`${path.slice(program.length)}\0${file.mode}\0${contentOf(host, path, file, gaps)}\n`);
    if (file.ctimeMs > newest.ctimeMs) newest = { path, ctimeMs: file.ctimeMs };
  }
  return {
    part: 'program',
    path: program,
    digest: whole.digest('hex').slice(0, 32),
    ...rightsOf(host, stat),
    version: versionOf(host, program),
    files: paths.length,
    newest: newest.path,
    package: host.packages.ownerOf(`${program}/lib/main.js`),
  };
}

function collect(host: Host, path: string, paths: string[], depth: number): void {
  const stat = host.files.stat(path);
  if (isFailure(stat) || paths.length >= MAX_FILES || depth > MAX_DEPTH || path.endsWith(COMPILED)) return;
  if (stat.type === 'file') paths.push(path);
  if (stat.type !== 'directory') return;
  const names = host.files.list(path);
  for (const name of isFailure(names) ? [] : names) collect(host, `${path}/${name}`, paths, depth + 1);
}

function versionOf(host: Host, program: string): string {
  const bytes = host.files.read(`${program}/package.json`, MAX_FILE_BYTES);
  return isFailure(bytes) ? '' : (/"version":\s*"([0-9A-Za-z.+-]{1,40})"/.exec(bytes.toString('utf8'))?.[1] ?? '');
}
