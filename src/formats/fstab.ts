/** What is mounted at boot: fstab(5). */

import { type Parsed, parseLines } from '#lib/parse-lines.ts';

/** One line; a blank line or a comment has an empty `source`. */
export interface FstabLine {
  /** Device, "UUID=…", server or "none". */
  readonly source: string;
  /** "none" for swap. */
  readonly point: string;
  readonly type: string;
  readonly options: readonly string[];
}

const blank: FstabLine = { source: '', point: '', type: '', options: [] };

/** Reads the file; a line with less than three fields is a reject, as mount(8) warns of it and passes over it. */
export function parseFstab(text: string): Parsed<FstabLine> {
  return parseLines(text, (line) => {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) return blank;
    const [source, point, type, options = 'defaults'] = trimmed.split(/\s+/).map(unescape);
    if (source === undefined || point === undefined || type === undefined) return undefined;
    return { source, point, type, options: options.split(',') };
  });
}

/** Blank and tab come as \040 and \011; getmntent(3). */
function unescape(word: string): string {
  return word.replace(/\\(040|011|012|134)/g, (_all, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
