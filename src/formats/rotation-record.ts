/**
 * The record of rotations: JSON lines, each with the sha256 of the line before it (docs/logs/rotate-record.md). Pure and
 * total: every line is a row or a reject, and the first place where the chain does not hold is named.
 */

import { hash } from 'node:crypto';

/** Content of a rotated file: of the log itself, not of its compressed form. */
export interface Seal {
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** Old logs with a number: `FOLDER/BASE.N EXTENSION` for each N from `first` to `last` became N + 1. */
export interface Shift {
  readonly folder: string;
  readonly base: string;
  readonly extension: string;
  readonly first: number;
  /** null: without end (rotate -1). */
  readonly last: number | null;
}

/** A log was rotated to `to`, which may have been compressed since: `to` is the name without that ending. */
export interface RotatedStep {
  readonly step: 'rotated';
  readonly log: string;
  readonly to: string;
  readonly how: 'rename' | 'copy' | 'copytruncate' | 'renamecopy';
  readonly device: number;
  readonly inode: number;
  readonly sizeBytes: number;
  readonly timeMs: number;
  /** Bytes at the head of the live log that are also at the end of the copy (copytruncate by collapsing). */
  readonly repeatedBytes: number;
  /** Bytes that were written while the log was emptied, and are nowhere; null when nobody can tell how many. */
  readonly lostBytes: number | null;
  /** null: not sealed (too great, or gone at once). */
  readonly seal: Seal | null;
  readonly shift: Shift | null;
}

/** An old log was compressed, and sealed again. */
export interface SealedStep {
  readonly step: 'sealed';
  readonly log: string;
  readonly path: string;
  readonly timeMs: number;
  readonly seal: Seal;
}

/** An old log went, as the configuration says. */
export interface RemovedStep {
  readonly step: 'removed';
  readonly log: string;
  readonly path: string;
  readonly timeMs: number;
}

export type RotationStep = RotatedStep | SealedStep | RemovedStep;

/** A recorded step. Lines of before there was a chain (version 1) have `seq` 0 and no step but "rotated". */
export type RotationRow = RotationStep & { readonly seq: number; readonly by: string };

export interface RotationLines {
  readonly rows: readonly RotationRow[];
  /** Lines that cannot be read: cut by a crash, or damaged. */
  readonly rejects: readonly { readonly line: number; readonly text: string }[];
  /** The first line that does not follow from the one before it. */
  readonly broken: { readonly line: number; readonly why: string } | undefined;
  /** Number and sha256 of the last line; to be noted elsewhere, for a chain that was cut at its end looks whole. */
  readonly head: { readonly seq: number; readonly hash: string };
}

const START = '0'.repeat(64);

/** sha256 of a line without its end, hexadecimal. */
function hashLine(line: string): string {
  return hash('sha256', line, 'hex');
}

/** Lines, each with its end, that go on from `head`. */
export function printSteps(steps: readonly RotationStep[], by: string, head: RotationLines['head']): string {
  let { seq, hash: prev } = head;
  let text = '';
  for (const step of steps) {
    seq += 1;
    const line = JSON.stringify({ v: 2, seq, prev, by, ...step });
    text += `${line}\n`;
    prev = hashLine(line);
  }
  return text;
}

/** Reads a whole record, or the later part of one; `whole` when its first line has to be the first that ever was. */
export function parseRotations(text: string, whole: boolean): RotationLines {
  const rows: RotationRow[] = [];
  const rejects: { line: number; text: string }[] = [];
  let broken: RotationLines['broken'];
  let head = { seq: 0, hash: START };
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  for (const [index, line] of lines.entries()) {
    const row = parseRow(line);
    if (row === undefined) rejects.push({ line: index + 1, text: line });
    else rows.push(row.row);
    const first = index === 0 && !whole;
    if (row !== undefined && !first) broken ??= breakOf(row, head, index + 1);
    head = { seq: Math.max(head.seq, row?.row.seq ?? 0), hash: hashLine(line) };
  }
  return { rows, rejects, broken, head };
}

function breakOf({ row, prev }: Row, before: RotationLines['head'], line: number): RotationLines['broken'] {
  // Version 1 had no chain; it can only come before all that has one.
  if (row.seq === 0) return before.seq === 0 ? undefined : { line, why: 'it has no place in the chain' };
  if (row.seq !== before.seq + 1) return { line, why: `it is number ${row.seq} after number ${before.seq}` };
  return prev === before.hash ? undefined : { line, why: 'the line before it is not the one it was written after' };
}

interface Row {
  readonly row: RotationRow;
  readonly prev: string;
}

const HOW = new Set(['rename', 'copy', 'copytruncate', 'renamecopy']);
const HEX = /^[0-9a-f]{64}$/;

function parseRow(line: string): Row | undefined {
  const value = objectOf(line);
  if (value === undefined) return undefined;
  const { v, seq, prev, by, ...step } = value;
  if (typeof by !== 'string') return undefined;
  if (v === 1) {
    const old = { step: 'rotated', seal: null, shift: null, lostBytes: 0, ...step };
    return isRotated(old) ? { row: { ...old, by, seq: 0 }, prev: '' } : undefined;
  }
  if (v !== 2 || !isCount(seq) || seq === 0 || typeof prev !== 'string') return undefined;
  return isStep(step) ? { row: { ...step, by, seq }, prev } : undefined;
}

function objectOf(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isStep(value: object): value is RotationStep {
  const step = value as Record<string, unknown>;
  if (step['step'] === 'rotated') return isRotated(step);
  const whole = isText(step['log']) && isText(step['path']) && isCount(step['timeMs']);
  return whole && (step['step'] === 'removed' || (step['step'] === 'sealed' && isSeal(step['seal'])));
}

function isRotated(value: object): value is RotatedStep {
  const step = value as Record<string, unknown>;
  const counts = ['device', 'inode', 'sizeBytes', 'timeMs', 'repeatedBytes'];
  return (
    isText(step['log']) &&
    isText(step['to']) &&
    HOW.has(String(step['how'])) &&
    counts.every((name) => isCount(step[name])) &&
    (step['lostBytes'] === null || isCount(step['lostBytes'])) &&
    (step['seal'] === null || isSeal(step['seal'])) &&
    (step['shift'] === null || isShift(step['shift']))
  );
}

function isSeal(value: unknown): value is Seal {
  const { sizeBytes, sha256 } = (value ?? {}) as Record<string, unknown>;
  return isCount(sizeBytes) && typeof sha256 === 'string' && HEX.test(sha256);
}

function isShift(value: unknown): value is Shift {
  const { folder, base, extension, first, last } = (value ?? {}) as Record<string, unknown>;
  return isText(folder) && isText(base) && isText(extension) && isCount(first) && (last === null || isCount(last));
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
