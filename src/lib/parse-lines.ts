/** Line by line, so that one bad line costs one line: every line is in `rows` or in `rejects`. */

/** What a parser makes of a text. `rejects` are the lines it could not read, as they were. */
export interface Parsed<R> {
  readonly rows: R[];
  readonly rejects: string[];
}

/** The lines of a text; a newline at the end begins no further line. */
export function linesOf(text: string): string[] {
  if (text === '') return [];
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** Reads each line with `parse`, which returns undefined for what it cannot read. The first `skip` lines are headers. */
export function parseLines<R>(text: string, parse: (line: string) => R | undefined, skip = 0): Parsed<R> {
  const rows: R[] = [];
  const rejects: string[] = [];
  for (const line of linesOf(text).slice(skip)) {
    const row = parse(line);
    if (row === undefined) rejects.push(line);
    else rows.push(row);
  }
  return { rows, rejects };
}
