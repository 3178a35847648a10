/**
 * Every rotation is recorded, whoever asked for it (cron, a timer, the daemon, a person): the log reader and the
 * integrity check follow a file by these lines. JSON lines in STATE/rotations.jsonl, 0600, at most two files of 4 MiB.
 */

import { closeSync, constants, fstatSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Rotated } from './job.ts';

const NAME = 'rotations.jsonl';
const MAX_BYTES = 4 << 20;
const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;

/** A recorded rotation; paths as people write them (UTF-8). */
export type RotationRecord = Rotated & { readonly v: 1; readonly by: string };

/**
 * Gives what writes a rotation down. The folder is not made here, for logrotate also runs where no watch does; a line
 * that cannot be written is dropped, for it must not stop a rotation.
 */
export function recorder(stateDir: string, by: string): (all: readonly Rotated[]) => void {
  const path = join(stateDir, NAME);
  return (all) => {
    const lines = all.map((one) => `${JSON.stringify({ v: 1, by, ...one, log: utf8(one.log), to: utf8(one.to) })}\n`);
    if (lines.length > 0) append(path, lines.join(''));
  };
}

function append(path: string, line: string): void {
  try {
    const fd = openSync(path, FLAGS, 0o600);
    try {
      const stats = fstatSync(fd);
      if (!stats.isFile()) return;
      writeSync(fd, line);
      if (stats.size > MAX_BYTES) renameSync(path, `${path}.1`);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
}

/** What is recorded, oldest first; lines that are no record are left out and counted. */
export function readRecords(stateDir: string): {
  readonly records: readonly RotationRecord[];
  readonly rejects: number;
} {
  const path = join(stateDir, NAME);
  const records: RotationRecord[] = [];
  let rejects = 0;
  for (const line of `${textAt(`${path}.1`)}${textAt(path)}`.split('\n')) {
    if (line === '') continue;
    const record = recordOf(line);
    if (record === undefined) rejects += 1;
    else records.push(record);
  }
  return { records, rejects };
}

function textAt(path: string): string {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      return fstatSync(fd).size > 2 * MAX_BYTES ? '' : readFileSync(fd, 'utf8');
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error) return '';
    throw error;
  }
}

const HOW = new Set(['rename', 'copy', 'copytruncate', 'renamecopy']);

function recordOf(line: string): RotationRecord | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null) return undefined;
    const record = value as Record<string, unknown>;
    const whole =
      ['log', 'to', 'by'].every((name) => typeof record[name] === 'string') &&
      ['device', 'inode', 'sizeBytes', 'timeMs', 'repeatedBytes'].every((name) => Number.isSafeInteger(record[name]));
    return whole && HOW.has(String(record['how'])) ? (record as unknown as RotationRecord) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

// Inside, a path is Latin-1 text, one character a byte.
function utf8(path: string): string {
  return Buffer.from(path, 'latin1').toString('utf8');
}
