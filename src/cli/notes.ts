/** The paragraphs below the options of a command, as wide as the terminal. */

import { wrap } from '#views/wrap.ts';

/** A line of the source that is at least so long goes on in the next: below it the break is meant. */
const FULL = 75;

/** Prose is broken anew at `width`; lines that are set in stand in columns or are to be typed, and stay. */
export function notesAt(notes: string, width: number | undefined): readonly string[] {
  const lines = notes.split('\n');
  if (width === undefined) return lines;
  const whole: string[] = [];
  for (const [index, line] of lines.entries()) {
    const before = lines[index - 1] ?? '';
    const goesOn = isProse(line) && isProse(before) && before.length >= FULL;
    if (goesOn) whole.push(`${whole.pop() ?? ''} ${line}`);
    else whole.push(line);
  }
  return whole.flatMap((line) => (isProse(line) ? wrap(line, width) : [line]));
}

function isProse(line: string): boolean {
  return line !== '' && !line.startsWith(' ');
}
