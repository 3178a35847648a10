/** Reads the kernel's table of symbols for the modules in it: some megabytes, of which nothing is kept but the names. */

import { closeSync, openSync, readSync } from 'node:fs';
import { setImmediate as breathe } from 'node:timers/promises';
import { SymbolModules } from '#formats/kallsyms.ts';
import type { Failure } from '#model/host.ts';

const SYMBOLS = '/proc/kallsyms';
const PIECE_BYTES = 64 << 10;
/** The kernel gives a page at a time: this many make about 2 ms. */
const PIECES = 64;
/** A table larger than any kernel's is none. */
const MAX_PIECES = 1 << 16;

export async function symbolModules(): Promise<ReadonlySet<string> | Failure> {
  let fd: number;
  try {
    fd = openSync(SYMBOLS, 'r');
  } catch (error) {
    return failed(error);
  }
  try {
    const modules = new SymbolModules();
    const piece = Buffer.allocUnsafe(PIECE_BYTES);
    for (let count = 1; count < MAX_PIECES; count += 1) {
      const length = readSync(fd, piece, 0, PIECE_BYTES, null);
      if (length === 0) break;
      modules.take(piece.subarray(0, length));
      if (count % PIECES === 0) await breathe();
    }
    return modules.end();
  } catch (error) {
    return failed(error);
  } finally {
    closeSync(fd);
  }
}

function failed(error: unknown): Failure {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string' && 'syscall' in error)
    return { error: error.code, path: SYMBOLS };
  throw error;
}
