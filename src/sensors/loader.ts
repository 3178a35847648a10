/** Watches what the dynamic loader puts into every program: see docs/sensors/loader.md. */

import { posix } from 'node:path';
import { parseLdCache, parseLdConf, parsePreload } from '#formats/ld-so.ts';
import { isLeftOver } from '#lib/left-over.ts';
import { type Host, isFailure } from '#model/host.ts';
import { defineSensor, type Gap } from '#model/sensor.ts';
import { defineTable } from '#model/table.ts';
import { type OddFile, oddOf } from './account-files.ts';
import { hearFiles } from './file-listener.ts';
import { writableBy } from './file-trouble.ts';
import { fixedFolder, globFiles } from './glob-files.ts';
import { follow, readBytes, readText, valueOf } from './host-file.ts';
import { shippedBy, shortDigest } from './shipped-by.ts';

export const loader = defineTable({
  name: 'loader',
  doc: 'Libraries that every program loads, folders in which libraries are looked for, and the loader itself.',
  slot: ['kind', 'path'],
  file: 'file',
  columns: {
    kind: [
      'text',
      'preload (loaded into every program), folder (by ld.so.conf), cached folder (by ld.so.cache), or library (loader and C library)',
      'identity',
    ],
    path: ['text', 'Library or folder', 'identity'],
    content: ['text', 'Of a library: the first 16 digits of its SHA-256', 'compared'],
    state: ['text', 'Of a library: packaged, unpackaged, altered, missing or unknown', 'compared'],
    package: ['text', 'Package that ships it, or ""'],
    trouble: ['text', 'Who else may write it, or a folder above it', 'compared'],
    position: ['int', 'Place in the order of search or loading, from 1; 0 where there is none'],
    file: ['text', 'File that names it; of a library itself'],
    line: ['int', 'Line in that file'],
  },
});

/** A row of `loader`. */
export type LoaderRow = NonNullable<(typeof loader)['row']>;

const PRELOAD = '/etc/ld.so.preload';
const CONF = '/etc/ld.so.conf';
const CACHE = '/etc/ld.so.cache';
const MAX_DEPTH = 10;
const MAX_READS = 200;
const MAX_FOLDERS = 500;
const MAX_LIBRARY_BYTES = 64 << 20;
/** The loader and the C library, in whatever architecture. */
const LIBRARIES = ['/usr/lib', '/lib', '/usr/lib64', '/lib64'].flatMap((top) =>
  ['/ld-*.so*', '/libc.so.6', '/*-linux-*/ld-*.so*', '/*-linux-*/libc.so.6'].map((rest) => `${top}${rest}`),
);

const plain: Omit<LoaderRow, 'kind' | 'path' | 'file'> = {
  content: '',
  state: '',
  package: '',
  trouble: '',
  position: 0,
  line: 0,
};

export default defineSensor<LoaderRow>({
  name: 'loader',
  doc: 'Reads ld.so.preload, ld.so.conf, ld.so.cache, and holds the loader and the C library against their packages.',
  everyMs: 60_000,
  table: loader,
  look(host) {
    const gaps: Gap[] = [];
    const rows = [
      ...preloadRows(host, gaps),
      ...folderRows(host, gaps),
      ...cachedRows(host, gaps),
      ...libraryRows(host, gaps),
    ];
    return Promise.resolve({ rows, gaps, by: 'ld.so.conf, ld.so.preload' });
  },
});

export const loaderListener = hearFiles({
  name: 'loader',
  doc: 'Hears of changes of the loader’s files, of libraries that it preloads, and of the loader itself.',
  table: 'loader',
  paths(host) {
    const preloaded = valueOf(readText(host, PRELOAD, parsePreload), []) ?? [];
    const { paths } = readConf(host, []);
    return [PRELOAD, CACHE, ...paths, ...preloaded.filter((path) => path.startsWith('/')), ...libraries(host)];
  },
});

/** Odd lines of ld.so.conf and what it includes. */
export function oddLoaderLines(host: Host): readonly OddFile[] {
  return readConf(host, []).odd;
}

function preloadRows(host: Host, gaps: Gap[]): LoaderRow[] {
  const entries = valueOf(readText(host, PRELOAD, parsePreload), gaps) ?? [];
  return entries
    .slice(0, 100)
    .map((path, index) => libraryRow(host, gaps, { kind: 'preload', path, file: PRELOAD, position: index + 1 }));
}

function libraryRow(host: Host, gaps: Gap[], of: Pick<LoaderRow, 'kind' | 'path' | 'file' | 'position'>): LoaderRow {
  const { path } = of;
  const content = valueOf(readBytes(host, path, shortDigest, MAX_LIBRARY_BYTES), gaps);
  const missing = content === undefined;
  return {
    ...plain,
    ...of,
    ...(missing ? { state: 'missing' } : shippedBy(host, path)),
    content: content ?? '',
    trouble: writableBy(host, path, 0),
  };
}

interface Conf {
  readonly folders: readonly { readonly path: string; readonly file: string; readonly line: number }[];
  readonly paths: readonly string[];
  readonly odd: readonly OddFile[];
}

/** ld.so.conf with its includes in order; a file that includes itself many times over ends at a number of reads. */
function readConf(host: Host, gaps: Gap[]): Conf {
  const folders: { path: string; file: string; line: number }[] = [];
  const paths = new Set<string>();
  const odd: OddFile[] = [];
  let reads = 0;
  const take = (file: string, depth: number): void => {
    reads += 1;
    if (depth > MAX_DEPTH || reads > MAX_READS) return;
    paths.add(file);
    const read = readText(host, file, parseLdConf);
    odd.push(oddOf(file, read));
    for (const line of valueOf(read, gaps)?.rows ?? []) {
      if (line.kind === 'include') for (const found of included(file, line.patterns)) take(found, depth + 1);
      else if (folders.length < MAX_FOLDERS) folders.push({ path: line.path, file, line: line.line });
    }
  };
  const included = (file: string, patterns: readonly string[]): readonly string[] =>
    patterns.flatMap((pattern) => {
      const absolute = pattern.startsWith('/') ? pattern : posix.join(posix.dirname(file), pattern);
      paths.add(fixedFolder(absolute));
      return globFiles(host, absolute);
    });
  take(CONF, 0);
  return { folders, paths: [...paths].filter((path) => path !== '/'), odd };
}

function folderRows(host: Host, gaps: Gap[]): LoaderRow[] {
  const { folders } = readConf(host, gaps);
  const first = new Map<string, LoaderRow>();
  for (const [index, { path, file, line }] of folders.entries()) {
    if (first.has(path)) continue;
    first.set(path, {
      ...plain,
      kind: 'folder',
      path,
      trouble: folderTrouble(host, path),
      position: index + 1,
      file,
      line,
    });
  }
  return [...first.values()];
}

/** A folder that is not there is made by whoever may write the one above it. */
function folderTrouble(host: Host, path: string): string {
  for (let at = path; ; at = posix.dirname(at)) {
    if (!isFailure(host.files.stat(at)) || at === '/') return writableBy(host, at, 0);
  }
}

function cachedRows(host: Host, gaps: Gap[]): LoaderRow[] {
  const file = readBytes(host, CACHE, foldersOfCache);
  const folders = valueOf(file, gaps);
  if (file.state === 'read' && folders === undefined)
    gaps.push({ what: CACHE, why: 'damaged, or of a form that is not known', next: 'ldconfig -p' });
  return (folders ?? []).map((path) => cachedRow(host, path));
}

function cachedRow(host: Host, path: string): LoaderRow {
  return { ...plain, kind: 'cached folder', path, trouble: folderTrouble(host, path), file: CACHE };
}

function foldersOfCache(bytes: Buffer): readonly string[] | undefined {
  const paths = parseLdCache(bytes);
  return paths && [...new Set(paths.map((path) => posix.dirname(path)))].sort().slice(0, MAX_FOLDERS);
}

/** Where the files lie, links followed: a merged /usr names each several times. */
function libraries(host: Host): readonly string[] {
  const found = new Map<number, string>();
  for (const path of LIBRARIES.flatMap((pattern) => globFiles(host, pattern))) {
    if (isLeftOver(posix.basename(path))) continue;
    const at = follow(host, path);
    if (!isFailure(at) && at.stat.type === 'file' && !found.has(at.stat.inode)) found.set(at.stat.inode, at.path);
  }
  return [...found.values()];
}

function libraryRows(host: Host, gaps: Gap[]): LoaderRow[] {
  return libraries(host).map((path) => libraryRow(host, gaps, { kind: 'library', path, file: path, position: 0 }));
}
