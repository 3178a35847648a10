/** Rewrites a configuration file at once or not at all: rename(2) over it, and never through a link. */

import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { Failure } from '#model/host.ts';
import type { FileEditor } from '#model/responder.ts';

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_DIRECTORY } = constants;
/** A configuration file that is longer is none of ours to rewrite. */
const maxBytes = 16 << 20;

/** The editor of this machine. */
export function openEditor(): FileEditor {
  return {
    edit(path, change) {
      try {
        return edit(path, change);
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
        if (code === undefined) throw error;
        return {
          error: code === 'ELOOP' ? 'ELOOP (a symbolic link stands there; links are not followed)' : code,
          path,
        };
      }
    },
  };
}

function edit(path: string, change: (text: string) => string | undefined): Failure | undefined {
  const before = read(path);
  if (before !== undefined && !before.stat.isFile()) return { error: 'EINVAL (it is no plain file)', path };
  if (before !== undefined && before.stat.size > maxBytes) return { error: 'EFBIG', path };
  const after = change(before?.text ?? '');
  if (after === undefined || after === before?.text) return undefined;
  const fresh = `${path}.telltale-${process.pid}`;
  try {
    write(fresh, after, before?.stat);
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
  const folder = openSync(dirname(path), O_RDONLY | O_DIRECTORY);
  fsyncSync(folder);
  closeSync(folder);
  return undefined;
}

function read(path: string): { stat: Stats; text: string } | undefined {
  let fd: number;
  try {
    // A FIFO planted there must not hang us.
    fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const stat = fstatSync(fd);
    return { stat, text: stat.isFile() && stat.size <= maxBytes ? readFileSync(fd, 'latin1') : '' };
  } finally {
    closeSync(fd);
  }
}

function write(path: string, text: string, like: Stats | undefined): void {
  // What a killed run of ours left under this name is ours; O_EXCL afterwards, so that nothing planted is followed.
  rmSync(path, { force: true });
  const fd = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    const bytes = Buffer.from(text, 'latin1');
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
    if (like !== undefined) fchownSync(fd, like.uid, like.gid);
    fchmodSync(fd, like === undefined ? 0o644 : like.mode & 0o7777);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
