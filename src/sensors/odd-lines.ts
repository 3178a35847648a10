/** Lines of the files that decide who may do what, which are not as they should be: see docs/sensors/odd-lines.md. */

import { createHash } from 'node:crypto';
import { withoutSecretsIn } from '#formats/secret-arguments.ts';
import { shorten } from '#lib/escape.ts';
import type { Host } from '#model/host.ts';
import { defineSensor, type Gap } from '#model/sensor.ts';
import { defineTable } from '#model/table.ts';
import { type OddFile, oddAccountLines } from './account-files.ts';
import { hearFiles } from './file-listener.ts';
import { oddLoaderLines } from './loader.ts';
import { oddNameLines } from './name-service.ts';
import { oddPamLines } from './pam.ts';
import { oddPrivilegeLines } from './privileges.ts';
import { oddKeyLines } from './ssh-keys.ts';

export const oddLines = defineTable({
  name: 'odd-lines',
  doc: 'Lines of security files that the system cannot read, or reads although they are odd.',
  slot: ['file'],
  file: 'file',
  columns: {
    file: ['text', 'Path of the file', 'identity'],
    problem: ['text', 'What is wrong with the line', 'identity'],
    text: ['text', 'The line, cut at 120 characters; of files with secrets only its name', 'identity'],
    mark: ['text', 'A digest of 32 bits of the whole line', 'identity'],
    ignored: ['bool', 'The system does not read the line; otherwise it counts', 'compared'],
    line: ['int', 'Number of the line'],
  },
});

/** A row of `odd-lines`. */
export type OddLineRow = NonNullable<(typeof oddLines)['row']>;

/** Where odd lines come from: each parser's files, with what they found. */
const sources: readonly ((host: Host) => readonly OddFile[])[] = [
  oddAccountLines,
  oddKeyLines,
  oddPrivilegeLines,
  oddPamLines,
  oddLoaderLines,
  oddNameLines,
];
const MAX_ROWS = 500;
const MAX_TEXT = 120;

export default defineSensor<OddLineRow>({
  name: 'odd-lines',
  doc: 'Collects what the parsers of security files could not read or found odd.',
  everyMs: 60_000,
  table: oddLines,
  look(host) {
    const gaps: Gap[] = [];
    const rows: OddLineRow[] = [];
    for (const source of sources)
      for (const file of source(host)) for (const odd of file.odd) rows.push(rowOf(file, odd));
    if (rows.length > MAX_ROWS)
      gaps.push({ what: 'odd lines', why: `there are ${rows.length}: only ${MAX_ROWS} are told`, reduced: true });
    return Promise.resolve({ rows: rows.slice(0, MAX_ROWS), gaps, by: 'parsers' });
  },
});

export const oddLinesListener = hearFiles({
  name: 'odd-lines',
  doc: 'Hears of changes of the files whose lines are read.',
  table: 'odd-lines',
  paths: (host) => sources.flatMap((source) => source(host).map(({ path }) => path)),
});

function rowOf({ path, secret }: OddFile, odd: OddFile['odd'][number]): OddLineRow {
  return {
    file: path,
    problem: odd.problem,
    text: shorten(secret ? nameOf(odd.text) : withoutSecretsIn(odd.text), MAX_TEXT),
    mark: createHash('sha256').update(odd.text).digest('hex').slice(0, 8),
    ignored: odd.ignored,
    line: odd.line,
  };
}

/** Up to the first colon; a line without one may be a hash that slipped. */
function nameOf(text: string): string {
  const end = text.indexOf(':');
  return end < 0 || end > 40 ? '…' : `${text.slice(0, end)}:…`;
}
