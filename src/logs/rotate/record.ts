/**
 * Every rotation is recorded, whoever asked for it (cron, a timer, the daemon, a person): the log reader and the
 * integrity check follow a file by these lines, and `telltale rotate verify` knows from them what has to be there. JSON
 * lines with a hash chain in STATE/rotations.jsonl, 0600; at most two files of 16 MiB. docs/logs/rotate-record.md.
 */

import { parseRotations, printSteps, type RotationLines, type RotationStep } from '#formats/rotation-record.ts';
import { fs } from '#lib/lean-fs.ts';

/** Below the state directory. */
export const RECORD = 'rotations.jsonl';
const MAX_BYTES = 16 << 20;
/** The last line stands in here: names have at most 4 KiB each, and JSON writes a byte as six at most. */
const TAIL_BYTES = 256 << 10;

/** Writes steps down. */
export type Record = (steps: readonly RotationStep[]) => void;

/**
 * A record in a state directory, which is not made here: logrotate also runs where no watch does. A line that cannot be
 * written is told once to `trouble`; it must not stop a rotation.
 */
export function recorder(stateDir: string, by: string, trouble: (words: string) => void): Record {
  const path = `${stateDir}/${RECORD}`;
  let told = false;
  return (steps) => {
    const words = append(path, steps.map(readable), by);
    if (words === undefined || told) return;
    told = true;
    trouble(`cannot record rotations in ${path}: ${words}; "telltale rotate verify" will not know these logs`);
  };
}

function append(path: string, steps: readonly RotationStep[], by: string): string | undefined {
  const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  try {
    const fd = fs.openSync(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
    try {
      const found = fs.fstatSync(fd);
      if (!found.isFile()) return 'it is not a regular file';
      lock(fd);
      const { head, cut } = tailOf(fd, path);
      fs.writeSync(fd, (cut ? '\n' : '') + printSteps(steps, by, head));
      if (fs.fstatSync(fd).size > MAX_BYTES) fs.renameSync(path, `${path}.1`);
      return undefined;
    } finally {
      fs.closeSync(fd);
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error) return error.message;
    throw error;
  }
}

/**
 * Another run, with another state file, may be at its end as well. flock(1) locks the open file that it shares with us;
 * after 5 s, or where there is none, we write all the same: a fork of the chain is better than a rotation left out.
 */
function lock(fd: number): void {
  const stdio = ['ignore', 'ignore', 'ignore', fd] as const;
  process.getBuiltinModule('node:child_process').spawnSync('/usr/bin/flock', ['-w', '5', '3'], { stdio: [...stdio] });
}

/** Where the chain goes on. `cut`: a crash left a line without its end, which stays as it is. */
function tailOf(fd: number, path: string): { readonly head: RotationLines['head']; readonly cut: boolean } {
  const { size } = fs.fstatSync(fd);
  // The file was just begun: the chain goes on from the one that was full.
  if (size === 0) return { head: parseRotations(textAt(`${path}.1`), false).head, cut: false };
  const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
  fs.readSync(fd, bytes, 0, bytes.length, size - bytes.length);
  const text = bytes.toString('utf8');
  const whole = size <= TAIL_BYTES;
  // The first line is cut where we began to read.
  const { head } = parseRotations(whole ? text : text.slice(text.indexOf('\n') + 1), whole);
  return { head, cut: text !== '' && !text.endsWith('\n') };
}

/** What is recorded, oldest first. */
export function readRecords(stateDir: string): RotationLines {
  const path = `${stateDir}/${RECORD}`;
  const older = textAt(`${path}.1`);
  const text = older + textAt(path);
  return parseRotations(text, older === '');
}

function textAt(path: string): string {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  try {
    const fd = fs.openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      return fs.fstatSync(fd).size > 4 * MAX_BYTES ? '' : fs.readFileSync(fd, 'utf8');
    } finally {
      fs.closeSync(fd);
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error) return '';
    throw error;
  }
}

/** As people write paths (UTF-8). Inside, a path is Latin-1 text, one character a byte. */
function readable(step: RotationStep): RotationStep {
  if (step.step !== 'rotated') return { ...step, log: utf8(step.log), path: utf8(step.path) };
  const { shift } = step;
  const shown = shift && {
    ...shift,
    folder: utf8(shift.folder),
    base: utf8(shift.base),
    extension: utf8(shift.extension),
  };
  return { ...step, log: utf8(step.log), to: utf8(step.to), shift: shown };
}

function utf8(path: string): string {
  return Buffer.from(path, 'latin1').toString('utf8');
}
