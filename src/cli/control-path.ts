/**
 * Where the daemon's socket is. It is STATE/control.sock; a socket's name holds 107 bytes (unix(7): sun_path), so below
 * a longer folder it gets a short name in /run/telltale or $XDG_RUNTIME_DIR, and STATE/control.path says which.
 */

import type { Stats } from 'node:fs';
import { join } from 'node:path';
import { crypto } from '#lib/lean-crypto.ts';
import { fs } from '#lib/lean-fs.ts';

/** The most bytes that the name of a Unix socket may have. */
export const MAX_SOCKET_PATH_BYTES = 107;

/** File in the state directory that names the socket when it is elsewhere. */
export const POINTER = 'control.path';

/** Where a daemon with this state directory listens. */
export function controlPath(
  stateDir: string,
  runtime: { readonly uid: number; readonly env: NodeJS.ProcessEnv },
): string {
  const usual = join(stateDir, 'control.sock');
  if (Buffer.byteLength(usual) <= MAX_SOCKET_PATH_BYTES) return usual;
  // Named after the folder, so that a second start finds what a killed one left there.
  const short = crypto().createHash('sha256').update(stateDir).digest('hex').slice(0, 16);
  const given = runtime.env['XDG_RUNTIME_DIR'];
  const folder =
    runtime.uid === 0 || given === undefined || !given.startsWith('/') ? '/run/telltale' : join(given, 'telltale');
  return join(folder, `${short}.sock`);
}

/** Where a client finds it: what the pointer file says, if there is one that only its owner can write. */
export function findControlPath(stateDir: string): string {
  const usual = join(stateDir, 'control.sock');
  const pointer = join(stateDir, POINTER);
  const stat = statOf(pointer);
  if (!stat?.isFile() || (stat.mode & 0o022) !== 0 || stat.size > 4096) return usual;
  const named = fs.readFileSync(pointer, 'utf8').trim();
  return named.startsWith('/') ? named : usual;
}

/** True where there is no such file, so that nobody can answer. Whoever may not look is told so when they try it. */
export function isAbsent(path: string): boolean {
  try {
    return fs.lstatSync(path, { throwIfNoEntry: false }) === undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return error.code === 'ENOTDIR';
    throw error;
  }
}

function statOf(path: string): Stats | undefined {
  try {
    return fs.lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'ENOTDIR'))
      return undefined;
    throw error;
  }
}
