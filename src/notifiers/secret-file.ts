/** A secret in a file of its own, so that settings can be shown and kept in a repository. */

import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

const MAX_BYTES = 4096;

/** The first line of the file; throws where others may read the file, naming the command that mends it. */
export function readSecret(path: string): string {
  let fd = -1;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY);
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw new Error('it is not a file');
    if ((stat.mode & 0o077) !== 0) throw new Error(`others may read it. Run: chmod 600 ${path}`);
    const bytes = Buffer.alloc(MAX_BYTES);
    const [secret = ''] = bytes.toString('utf8', 0, readSync(fd, bytes, 0, MAX_BYTES, 0)).split(/\r?\n/);
    if (secret === '') throw new Error('its first line is empty');
    return secret;
  } catch (error) {
    throw new Error(`Cannot read the secret in "${path}": ${(error as Error).message}`, { cause: error });
  } finally {
    if (fd !== -1) closeSync(fd);
  }
}
