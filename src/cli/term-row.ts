/** A term and what it means on one line, or on several where the terminal is narrow: for help. */

import { wrap } from '#views/wrap.ts';

/** Fewer cells than these for the meaning, and it stands below its term. */
const FEW = 24;
const LOW_INDENT = 6;

/** Lines of at most `width` cells (undefined: a pipe, nothing is broken); `column` is where meanings begin. */
export function termRow(
  term: string,
  words: string,
  { column, width }: { readonly column: number; readonly width: number | undefined },
): readonly string[] {
  const head = `  ${term.padEnd(column - 3)} `;
  if (width === undefined || head.length + words.length <= width) return [`${head}${words}`];
  const beside = width - column >= FEW && head.length <= column;
  const indent = ' '.repeat(beside ? column : LOW_INDENT);
  const lines = wrap(words, width - indent.length).map((line) => `${indent}${line}`);
  return beside ? [`${head}${(lines[0] ?? '').trimStart()}`, ...lines.slice(1)] : [`  ${term}`, ...lines];
}
