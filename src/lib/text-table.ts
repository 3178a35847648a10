/** Lays text out in columns for a terminal. */

import { visible } from './escape.ts';

/** One column: its heading and how it may give way when the line is too long. */
export interface TextColumn {
  readonly heading: string;
  readonly align?: 'left' | 'right';
  /** Least width it may be cut to, in cells, while anything else can give way; without it the column is never cut. */
  readonly shrinkTo?: number;
  /** Left out first when space is short: highest number first; without it the column always stays. */
  readonly dropAt?: number;
}

/** Cells that a text takes on a terminal: wide (East Asian, emoji) count two, what is drawn over another none. */
export function displayWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += ZERO.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
}

const ASCII = /^[\x20-\x7e]*$/;
// Marks that take a place of their own (Mc) do so on terminals as well; vowels and finals of Hangul join what is before them.
const ZERO = /^[\p{Mn}\p{Me}\u1160-\u11ff]$/u;
// UAX #11: W and F. Most of the scattered ones are emoji; a letter of a flag alone is narrow.
const WIDE =
  /^[[\p{Emoji_Presentation}--\p{Regional_Indicator}][\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18d08}\u{1aff0}-\u{1b2ff}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]]$/v;

/** Cuts to `width` cells with an ellipsis ("…", or ".." when `ascii`). */
export function cutTo(text: string, width: number, ascii = false): string {
  if (displayWidth(text) <= width) return text;
  const mark = ascii ? '..' : '…';
  let kept = '';
  let used = mark.length;
  for (const character of text) {
    used += displayWidth(character);
    if (used > width) break;
    kept += character;
  }
  return kept + mark;
}

/**
 * Lines of a table: heading first, columns as wide as needed, two spaces between. With `maxWidth`, columns with
 * `dropAt` go and those with `shrinkTo` are cut until it fits; without it nothing is cut, and with `padMost` one long
 * cell moves the rest of its own line instead of every other line's. Cells are made harmless here, so what is outside
 * text need not be escaped before; `paint` colours a finished cell.
 */
export function textTable(
  columns: readonly TextColumn[],
  rows: readonly (readonly string[])[],
  options: {
    readonly maxWidth?: number;
    readonly padMost?: number;
    readonly ascii?: boolean;
    readonly paint?: (text: string, row: number, column: number) => string;
  } = {},
): string[] {
  const shown = rows.map((row) => columns.map((_, index) => visible(row[index] ?? '')));
  const widths = columns.map((column, index) =>
    shown.reduce((widest, row) => Math.max(widest, displayWidth(row[index] ?? '')), displayWidth(column.heading)),
  );
  const kept = fit(columns, widths, options.maxWidth ?? Number.POSITIVE_INFINITY);
  const padMost = options.padMost ?? Number.POSITIVE_INFINITY;
  const layOut = (cells: readonly string[], row: number): string => {
    let line = '';
    kept.forEach((column, position) => {
      const width = widths[column] ?? 0;
      const text = cutTo(cells[column] ?? '', width, options.ascii);
      const space = ' '.repeat(Math.max(0, Math.min(width, padMost) - displayWidth(text)));
      const painted = options.paint && row >= 0 ? options.paint(text, row, column) : text;
      const right = columns[column]?.align === 'right';
      const last = position === kept.length - 1;
      line += (position > 0 ? '  ' : '') + (right ? space + painted : painted + (last ? '' : space));
    });
    return line.trimEnd();
  };
  return [
    layOut(
      columns.map((column) => column.heading),
      -1,
    ),
    ...shown.map(layOut),
  ];
}

/** Where nothing else can give way any more, columns that may be cut are cut to this. */
const LEAST_CELLS = 8;

// Changes `widths` of the columns that are cut; returns the indexes of the columns that stay.
function fit(columns: readonly TextColumn[], widths: number[], maxWidth: number): readonly number[] {
  let kept = columns.map((_, index) => index);
  const full = (index: number): number => widths[index] ?? 0;
  const shrunk = (index: number): number => Math.min(full(index), columns[index]?.shrinkTo ?? full(index));
  const stump = (index: number): number =>
    columns[index]?.shrinkTo === undefined ? full(index) : Math.min(shrunk(index), LEAST_CELLS);
  const total = (width: (index: number) => number): number =>
    kept.reduce((sum, index) => sum + width(index), 2 * Math.max(0, kept.length - 1));
  while (total(shrunk) > maxWidth) {
    const first = kept.toSorted((a, b) => (columns[b]?.dropAt ?? -1) - (columns[a]?.dropAt ?? -1))[0];
    if (first === undefined || columns[first]?.dropAt === undefined) break;
    kept = kept.filter((index) => index !== first);
  }
  const least = total(shrunk) > maxWidth ? stump : shrunk;
  let over = total(full) - maxWidth;
  while (over > 0 && over < Number.POSITIVE_INFINITY) {
    const roomy = kept.filter((index) => least(index) < full(index));
    const widest = roomy.toSorted((a, b) => full(b) - full(a))[0];
    if (widest === undefined) break;
    widths[widest] = full(widest) - 1;
    over -= 1;
  }
  return kept;
}
