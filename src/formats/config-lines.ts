/** Configuration files line by line: what the program that owns the file reads, skips, and trips over. */

import { linesOf } from '#lib/parse-lines.ts';

/** A line that is not as it should be. */
export interface OddLine {
  /** From 1. */
  readonly line: number;
  /** What is wrong with it, as "has 3 fields instead of 7". */
  readonly problem: string;
  readonly text: string;
  /** False where the system reads the line all the same: it is odd, and it counts. */
  readonly ignored: boolean;
}

/** Every line is a row, skipped (blank, comment), or odd and ignored; a row's line may be odd as well. */
export interface ParsedConfig<R> {
  readonly rows: readonly R[];
  readonly skipped: number;
  readonly odd: readonly OddLine[];
}

/** What one line comes to: a row, a problem, both, or neither (blank or comment). */
export interface LineResult<R> {
  readonly row?: R;
  readonly problem?: string;
}

/** Reads each line; `line` counts from 1. A NUL ends a line, as it does for every program written in C, and is odd. */
export function parseConfig<R>(text: string, parse: (text: string, line: number) => LineResult<R>): ParsedConfig<R> {
  const rows: R[] = [];
  const odd: OddLine[] = [];
  let skipped = 0;
  for (const [index, whole] of linesOf(text).entries()) {
    const line = index + 1;
    const nul = whole.indexOf('\0');
    const result = parse(nul < 0 ? whole : whole.slice(0, nul), line);
    const problem = result.problem ?? (nul < 0 ? undefined : 'holds a NUL byte');
    if (result.row !== undefined) rows.push(result.row);
    else if (problem === undefined) skipped += 1;
    if (problem !== undefined) odd.push({ line, problem, text: whole, ignored: result.row === undefined });
  }
  return { rows, skipped, odd };
}
