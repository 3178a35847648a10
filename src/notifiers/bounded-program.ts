/** Hands something to a program of the administrator's and throws with its last words when it fails. Bounds: lib/bounded-run.ts. */

import { type BoundedEnd, runBounded } from '#lib/bounded-run.ts';
import { shorten, visible } from '#lib/escape.ts';

/** Of what a program prints, this much is kept for the error message; MAX_BYTES end it. */
const KEPT_BYTES = 8192;
const MAX_BYTES = 1 << 20;

export interface ProgramRun {
  readonly program: string;
  readonly args: readonly string[];
  readonly stdin: string | Buffer;
  readonly timeoutMs: number;
}

/** Resolves when the program exits with 0; throws with its last words otherwise. */
export async function runProgram(run: ProgramRun, signal: AbortSignal): Promise<void> {
  let kept = Buffer.alloc(0);
  const hear = (chunk: Buffer): void => {
    kept = Buffer.concat([kept, chunk]).subarray(-KEPT_BYTES);
  };
  const end = await runBounded({ ...run, maxBytes: MAX_BYTES, hear }, signal);
  if (end.kind === 'exit' && end.code === 0) return;
  const program = visible(run.program);
  if (end.kind === 'refused') throw new Error(`Cannot run "${program}": ${end.why}`);
  const output = shorten(visible(kept.toString('utf8').trim()), 500);
  throw new Error(`Program "${program}" ${wordsOf(end)}${output === '' ? '' : `; it said: ${output}`}`);
}

function wordsOf(end: Exclude<BoundedEnd, { kind: 'refused' }>): string {
  if (end.kind === 'stopped') return `was ended: ${end.why}`;
  return end.kind === 'signal' ? `was killed by ${end.by}` : `exited with ${end.code}`;
}
