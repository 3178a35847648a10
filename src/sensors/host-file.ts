/** Small files of the host, read again only when they changed: an idle look costs a stat each. */

import { posix } from 'node:path';
import { BoundedMap } from '#lib/bounded-map.ts';
import { lineText } from '#lib/line-text.ts';
import type { Gap } from '#model/gap.ts';
import { type Failure, type FileStat, type Host, isFailure } from '#model/host.ts';

/** What a host must have for its files to be read here. */
export type FileHost = Pick<Host, 'files' | 'clock' | 'touchedMs'>;

/** `path` is where the bytes lie, links followed. */
export type HostFile<T> =
  | { readonly state: 'read'; readonly value: T; readonly path: string; readonly stat: FileStat }
  | { readonly state: 'missing'; readonly path: string }
  | { readonly state: 'unreadable'; readonly path: string; readonly why: string };

/** Parsed files kept for each parser of a host; the one read longest ago goes. */
const MAX_FILES = 4096;
const MAX_BYTES = 4 << 20;
const MAX_LINKS = 16;
/** Kernels before 6.13 stamp ctime by the tick: what changed this short ago may change again under the same stamp. */
const RACY_MS = 100;

interface Kept {
  readonly stamp: string;
  readonly readMs: number;
  readonly value: unknown;
}
const kept = new WeakMap<FileHost, Map<unknown, BoundedMap<string, Kept>>>();

/** Reads and parses a file as text; `parse` is the key of what is kept, so it must be a function that lives on. */
export function readText<T>(host: FileHost, path: string, parse: (text: string) => T): HostFile<T> {
  return readKept(host, path, { parse: (bytes) => parse(lineText(bytes)), key: parse, maxBytes: MAX_BYTES });
}

/** As `readText`, for files that are no text; at most `maxBytes`. */
export function readBytes<T>(
  host: FileHost,
  path: string,
  parse: (bytes: Buffer) => T,
  maxBytes = MAX_BYTES,
): HostFile<T> {
  return readKept(host, path, { parse, key: parse, maxBytes });
}

function readKept<T>(
  host: FileHost,
  path: string,
  how: { readonly parse: (bytes: Buffer) => T; readonly key: unknown; readonly maxBytes: number },
): HostFile<T> {
  const found = follow(host, path);
  if (isFailure(found)) return failed(found, path);
  const stamp = `${found.path}\0${found.stat.inode} ${found.stat.ctimeMs} ${found.stat.mtimeMs} ${found.stat.sizeBytes}`;
  const files = keptOf(host, how.key);
  const known = files.get(path);
  // The key is the parser, so what it made is of its type.
  if (known?.stamp === stamp && !isTouchedSince(host, found.path, known.readMs))
    return { state: 'read', value: known.value as T, ...found };
  const readMs = host.clock.nowMs();
  const bytes = host.files.read(found.path, how.maxBytes);
  if (isFailure(bytes)) return failed(bytes, found.path);
  const value = how.parse(bytes);
  const settled = readMs - found.stat.ctimeMs >= RACY_MS;
  files.set(path, { stamp: settled ? stamp : '', readMs, value });
  return { state: 'read', value, ...found };
}

/** A write through a mapping leaves times as they were: on tmpfs always, elsewhere while its page is dirty (mmap(2)). */
function isTouchedSince(host: FileHost, path: string, readMs: number): boolean {
  return (host.touchedMs?.(path) ?? Number.NEGATIVE_INFINITY) >= readMs;
}

function keptOf(host: FileHost, key: unknown): BoundedMap<string, Kept> {
  let byParser = kept.get(host);
  if (byParser === undefined) kept.set(host, (byParser = new Map()));
  let files = byParser.get(key);
  if (files === undefined) byParser.set(key, (files = new BoundedMap(MAX_FILES)));
  return files;
}

function failed<T>(failure: Failure, path: string): HostFile<T> {
  if (failure.error === 'ENOENT' || failure.error === 'ENOTDIR') return { state: 'missing', path };
  return { state: 'unreadable', path, why: failure.error };
}

/** Where a path leads when its last links are followed, and what stands there. */
export function follow(host: FileHost, path: string): { readonly path: string; readonly stat: FileStat } | Failure {
  let at = path;
  for (let links = 0; links < MAX_LINKS; links += 1) {
    const stat = host.files.stat(at);
    if (isFailure(stat)) return stat;
    if (stat.type !== 'symlink') return { path: at, stat };
    const target = host.files.readlink(at);
    if (isFailure(target)) return target;
    at = posix.resolve(posix.dirname(at), target);
  }
  return { error: 'ELOOP', path };
}

/** Names in a folder, sorted as in the C locale; a folder that is missing is empty, one that cannot be read is a gap. */
export function namesIn(host: FileHost, path: string, gaps: Gap[]): readonly string[] {
  const names = host.files.list(path);
  if (!isFailure(names)) return [...names].sort(byBytes);
  if (names.error !== 'ENOENT' && names.error !== 'ENOTDIR') gaps.push({ what: path, why: names.error });
  return [];
}

/** Order of strcmp(3), as for all that glob(7) and drop-in folders say. */
export function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The value when the file could be read; a file that cannot is a gap, a missing one is nothing. */
export function valueOf<T>(file: HostFile<T>, gaps: Gap[]): T | undefined {
  if (file.state === 'read') return file.value;
  if (file.state === 'unreadable') gaps.push({ what: file.path, why: file.why });
  return undefined;
}
