/** Breaks text into lines at spaces; a word longer than the line stands alone, uncut (paths and addresses are pasted). */

import { displayWidth } from '#lib/text-table.ts';

/** Lines of at most `width` cells of a terminal. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  let used = 0;
  for (const word of text.split(' ')) {
    const cells = displayWidth(word);
    if (line !== '' && used + 1 + cells > width) {
      lines.push(line);
      line = word;
      used = cells;
    } else {
      used += line === '' ? cells : cells + 1;
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  return lines;
}
