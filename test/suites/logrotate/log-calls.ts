/** Loaded before the program (--import): writes down what it does to files, in order, into the file CALLS. */

import fs, { appendFileSync } from 'node:fs';
import { basename } from 'node:path';
import process from 'node:process';

const log = process.env['CALLS'] ?? '/dev/null';
const open = fs.openSync.bind(fs);
const paths = new Map<number, string>();
const nameOf = (path: unknown): string =>
  typeof path === 'number' ? (paths.get(path) ?? '?') : basename(String(path));
const told: string[] = [];

Object.assign(fs, {
  openSync: (...args: Parameters<typeof fs.openSync>): number => {
    const fd = open(...args);
    paths.set(fd, basename(String(args[0])));
    return fd;
  },
});
for (const name of ['renameSync', 'fsyncSync', 'ftruncateSync', 'unlinkSync'] as const) {
  const real = fs[name].bind(fs) as (...args: unknown[]) => unknown;
  const patched = (...args: unknown[]): unknown => {
    told.push(`${name.slice(0, -4)} ${nameOf(args[0])}${name === 'renameSync' ? ` ${nameOf(args[1])}` : ''}`);
    return real(...args);
  };
  Object.assign(fs, { [name]: patched });
}
process.on('exit', () => appendFileSync(log, told.join('\n')));
