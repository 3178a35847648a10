/**
 * Loaded before the program (--import): the Nth call that changes the file system, counted over all of them, never
 * happens; instead the process is killed. With N = 0 the calls are counted into the file KILL_COUNT.
 */

import fs, { appendFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import process from 'node:process';

const wanted = Number(process.env['KILL_AT']);
const counted = process.env['KILL_COUNT'];
const CALLS = [
  'renameSync',
  'unlinkSync',
  'openSync',
  'writeSync',
  'ftruncateSync',
  'fsyncSync',
  'fchownSync',
  'fchmodSync',
  'futimesSync',
  'mkdirSync',
  'closeSync',
] as const;

let count = 0;
for (const name of CALLS) {
  const real = fs[name] as (...args: unknown[]) => unknown;
  const patched = (...args: unknown[]): unknown => {
    // The loader of modules opens files as well: the count begins with the state file.
    if (count === 0 && !String(args[0]).includes('/w/state')) return real.apply(fs, args);
    count += 1;
    if (count === wanted) process.kill(process.pid, 'SIGKILL');
    return real.apply(fs, args);
  };
  Object.assign(fs, { [name]: patched });
}
syncBuiltinESMExports();
if (counted !== undefined) process.on('exit', () => appendFileSync(counted, `${count}\n`));
