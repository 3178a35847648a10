/** What a family of start points says of one of them; package, open places and tricks are found for all alike. */

import { createHash } from 'node:crypto';
import { withoutSecretsIn } from '#formats/secret-arguments.ts';
import { tricksOf } from '#formats/shell-tricks.ts';
import { programsOf } from '#formats/shell-words.ts';
import { shorten } from '#lib/escape.ts';
import type { StartPointRow } from '../start-point-table.ts';

/** A row but for what follows from the file system around it. */
export interface Entry
  extends Pick<
    StartPointRow,
    | 'kind'
    | 'name'
    | 'path'
    | 'user'
    | 'when'
    | 'command'
    | 'enabled'
    | 'environment'
    | 'problem'
    | 'digest'
    | 'place'
    | 'tricks'
    | 'added'
    | 'link'
    | 'shipped'
  > {
  /** Absolute paths of what it runs, the first one first. */
  readonly programs: readonly string[];
  /** The lines that are run, so that a change can say which came; bounded. */
  readonly lines: readonly string[];
  /** Scope and name of a unit of systemd. */
  readonly unit?: string;
}

/** What a family says: `text` is the whole of what is run, for tricks in it. */
export type Given = Partial<Omit<Entry, 'lines' | 'tricks' | 'added' | 'shipped'>> &
  Pick<Entry, 'kind' | 'path'> & { readonly text?: string };

const MAX_COMMAND = 400;
const MAX_NAME = 160;
const MAX_LINES = 400;
/** Generators of systemd are programs: their bytes are no lines. */
const ELF = '\u007fELF';
const MAX_LINE = 200;

/** An entry with what a family says of it. A command longer than its column gets a digest, so that its end counts. */
export function entryOf(given: Given): Entry {
  const { text, ...more } = given;
  const { command = '', name: named = '', problem = '' } = given;
  const name = withoutSecretsIn(named);
  const long = command.length > MAX_COMMAND || named.length > MAX_NAME;
  const environment = (given.environment ?? []).map(shown);
  return {
    user: 'root',
    when: '',
    enabled: true,
    digest: long ? digestOf(`${named}\0${command}`) : '',
    place: name,
    programs: programsOf(command),
    link: '',
    ...more,
    environment,
    tricks: text?.startsWith(ELF) === true ? [] : tricksOf(`${text ?? command}\n${environment.join('\n')}`),
    added: [],
    shipped: '',
    lines: text === undefined ? [] : significantLines(text).slice(0, MAX_LINES).map(shown),
    problem: withoutSecretsIn(problem),
    command: shorten(withoutSecretsIn(command), MAX_COMMAND),
    name: name.length > MAX_NAME ? `${shorten(name, MAX_NAME)} ${digestOf(name)}` : name,
  };
}

/** As much of a line as is kept of it. */
function shown(line: string): string {
  return shorten(withoutSecretsIn(line), MAX_LINE);
}

/** With the lines that the entry before it did not have; at most ten. */
export function withAdded(entry: Entry, before: Entry | undefined): Entry {
  if (before === undefined || entry.lines.length === 0) return entry;
  const old = new Set(before.lines);
  return { ...entry, added: entry.lines.filter((line) => !old.has(line)).slice(0, 10) };
}

/** A whole file that is run: its digest counts, comments and blank lines do not. */
export function scriptOf(given: Given & { readonly text: string }): Entry {
  return entryOf({
    digest: digestOf(significantLines(given.text).join('\n')),
    command: given.path,
    programs: foreignPrograms(given.text),
    ...given,
  });
}

/** What a script calls outside of the folders of the system; at most ten. */
function foreignPrograms(text: string): string[] {
  if (text.startsWith(ELF)) return [];
  return programsOf(text.slice(0, 64 << 10))
    .filter((path) => !/^\/(?:usr|bin|sbin|lib|lib64|etc|dev|proc|sys)\//.test(path) && !/[$*?[\]{}]/.test(path))
    .slice(0, 10);
}

/** Sixteen hexadecimal digits. */
export function digestOf(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** Lines that are not blank and no comment, blanks around them taken off. */
function significantLines(text: string): string[] {
  const lines: string[] = [];
  for (const line of text.split('\n')) {
    const bare = line.trim();
    if (bare !== '' && (!bare.startsWith('#') || bare.startsWith('#!'))) lines.push(bare);
  }
  return lines;
}
