/** Small texts of sensors that outlive a restart: files below the state directory, 0600, replaced whole. */

import { closeSync, constants, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Kept } from '#model/packets.ts';

const MAX_BYTES = 8 << 20;
const NAME = /^[a-z][a-z-]{0,40}$/;
const { O_RDONLY, O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;

/** Files `kept/NAME` in the folder; without a folder everything is forgotten with the process. */
export function openKept(stateDir: string | undefined): Kept {
  const memory = new Map<string, string>();
  const folder = stateDir === undefined ? undefined : join(stateDir, 'kept');
  return {
    read(name) {
      if (folder === undefined) return memory.get(name) ?? '';
      return readKept(join(folder, checked(name)));
    },
    write(name, text) {
      if (Buffer.byteLength(text) > MAX_BYTES) return `more than ${MAX_BYTES} bytes`;
      if (folder === undefined) {
        memory.set(name, text);
        return '';
      }
      try {
        mkdirSync(folder, { mode: 0o700, recursive: true });
        replace(join(folder, checked(name)), text);
        return '';
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },
  };
}

function checked(name: string): string {
  if (!NAME.test(name)) throw new Error(`Cannot keep "${name}": a name is lower case letters and hyphens`);
  return name;
}

function readKept(path: string): string {
  let fd: number;
  try {
    fd = openSync(path, O_RDONLY | O_NOFOLLOW);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw new Error(`Cannot read "${path}"`, { cause: error });
  }
  try {
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

function replace(path: string, text: string): void {
  const fresh = `${path}.new`;
  const fd = openSync(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600);
  try {
    writeSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(fresh, path);
}
