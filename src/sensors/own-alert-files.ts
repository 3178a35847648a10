/** Whether the files that alerts are appended to still hold what they held: they only grow, until they are rotated. */

import { posix } from 'node:path';
import { type FileStat, type Home, type Host, isFailure } from '#model/host.ts';
import type { OwnFileRow } from './own-file-table.ts';
import { rightsOf } from './own-rights.ts';

/** Names beside the file that are asked for; a folder of logs has some hundreds. */
const MAX_BESIDE = 5000;
const PACKED = /\.(?:gz|xz|zst|bz2|lz4|Z)$/;
/** A copy is made, or packed, just before the file is cut. */
const ROTATION_MS = 60_000;

interface Held {
  readonly inode: number;
  readonly sizeBytes: number;
}

/** How a file was found last, where the host does not note it, and what was done to it since we started. */
interface Memory {
  readonly held: Map<string, Held>;
  readonly done: Map<string, { readonly words: string; readonly times: number }>;
}

const memories = new WeakMap<Host, Memory>();

/** One row a file; its digest says what was done to it. */
export function alertFileRows(host: Host, { alertFiles = [] }: Home): readonly OwnFileRow[] {
  return alertFiles.map((path) => {
    checkAlertFile(host, path);
    const { words, times } = memoryOf(host).done.get(path) ?? { words: '', times: 0 };
    const stat = host.files.stat(path);
    const rights = isFailure(stat) ? { mode: '', owner: '', openToOthers: false } : rightsOf(host, stat);
    const digest = times > 1 ? `${words} (${times} times)` : words;
    return { part: 'alerts', path, digest, ...rights, version: '', files: 1, newest: path, package: '' };
  });
}

/** To be asked whenever it was touched. True: it lost something. */
export function checkAlertFile(host: Host, path: string): boolean {
  const { held, done } = memoryOf(host);
  const known = held.get(path);
  const found = host.files.stat(path);
  // A pipe to a program holds nothing.
  const stat = isFailure(found) || (found.type !== 'file' && found.type !== 'symlink') ? undefined : found;
  if (stat === undefined) held.delete(path);
  else held.set(path, { inode: stat.inode, sizeBytes: stat.sizeBytes });
  const words = known === undefined ? '' : lossOf(known, stat);
  if (known === undefined || words === '' || isRotated(host, path, known)) return false;
  done.set(path, { words, times: (done.get(path)?.times ?? 0) + 1 });
  return true;
}

/** Our own lines are noted as they are written, for nobody hears of what we write ourselves. */
function memoryOf(host: Host): Memory {
  const known = memories.get(host);
  if (known !== undefined) return known;
  const memory = { held: host.appended ?? new Map<string, Held>(), done: new Map() };
  memories.set(host, memory);
  return memory;
}

/** For the title "The alert file … was …". */
function lossOf({ inode, sizeBytes }: Held, stat: FileStat | undefined): string {
  if (stat === undefined) return sizeBytes === 0 ? '' : `removed with its ${sizeBytes} bytes`;
  if (stat.type === 'symlink') return 'replaced by a symbolic link';
  if (stat.inode !== inode) return `exchanged: ${sizeBytes} bytes before, another file of ${stat.sizeBytes} now`;
  return stat.sizeBytes < sizeBytes ? `cut from ${sizeBytes} to ${stat.sizeBytes} bytes` : '';
}

/** What it held stands beside it under another name: renamed, or copied and then cut. */
function isRotated({ files, clock }: Host, path: string, { inode, sizeBytes }: Held): boolean {
  const [folder, base] = [posix.dirname(path), posix.basename(path)];
  const names = files.list(folder);
  if (isFailure(names)) return false;
  return names.slice(0, MAX_BESIDE).some((name) => {
    if (name === base || !isNamedAfter(name, base)) return false;
    const stat = files.stat(`${folder}/${name}`);
    if (isFailure(stat) || stat.type !== 'file') return false;
    const isYoung = clock.nowMs() - stat.ctimeMs < ROTATION_MS;
    return stat.inode === inode || (isYoung && (stat.sizeBytes >= sizeBytes || PACKED.test(name)));
  });
}

/** "alerts.jsonl.1", "alerts.jsonl-20261121.gz", with the option "extension" of logrotate "alerts-20261121.jsonl". */
function isNamedAfter(name: string, base: string): boolean {
  const dot = base.lastIndexOf('.');
  const stem = dot > 0 ? base.slice(0, dot) : base;
  return name.startsWith(base) || (name.startsWith(`${stem}-`) && name.includes(base.slice(stem.length)));
}
