/**
 * Walks a logrotate configuration: words, paragraphs, scripts, and what is skipped after a mistake. Bytes are held as
 * Latin-1 text, one character a byte, because names are bytes. Source: logrotate.conf(5), and the behaviour of the
 * program where the page is silent. Total: any text comes to an end, every line is read once.
 */

import { trimEndOf } from '#lib/trim-end.ts';

/** go: read on. skip: leave out the rest of this paragraph. stop: the rest of the file counts for nothing. */
export type Verdict = 'go' | 'skip' | 'stop';

/** A place in the text. `line` counts from 1; `at` is the next character to be read. */
export interface Cursor {
  readonly text: string;
  at: number;
  line: number;
}

/** What the walk reports, in the order of the text. `line` of the cursor is the line that a message should name. */
export interface ConfigReader {
  /** A keyword; the reader takes the value with `takeValue` or `takeLine`, or leaves it when there is none. */
  word(word: string, cursor: Cursor): Verdict;
  /** Names before a "{", comments taken out, as written. */
  names(text: string, cursor: Cursor): Verdict;
  /** The "}" of a paragraph. */
  close(cursor: Cursor): Verdict;
  script(word: string, text: string): void;
  /** Says what is wrong; `where` is what a message puts after "FILE:". */
  mistake(where: string, words: string): void;
  /** A paragraph is left out because of a mistake just told. */
  skipping(): void;
  /** The paragraph that was left out ends here. */
  skipped(): void;
}

const SCRIPT_WORDS: ReadonlySet<string> = new Set([
  'prerotate',
  'postrotate',
  'firstaction',
  'lastaction',
  'preremove',
]);

const WORD = /[A-Za-z]+/y;
const isBlank = (character: string | undefined): boolean => character === ' ' || character === '\t';
const isAlpha = (character: string): boolean => /^[A-Za-z]$/.test(character);
const isSpace = (character: string): boolean => /^[ \t\n\v\f\r]$/.test(character);

/** Reads the whole text; false when the rest of it was given up ("stop"). */
export function scanConfig(text: string, reader: ConfigReader): boolean {
  const cursor: Cursor = { text, at: 0, line: 1 };
  let inside = false;
  while (cursor.at < text.length) {
    const character = text[cursor.at];
    if (isBlank(character)) {
      cursor.at += 1;
      continue;
    }
    if (character === '\n' || character === '#') {
      nextLine(cursor);
      continue;
    }
    const item = readItem(cursor, reader, inside);
    if (item === 'skip' && inside) {
      skipParagraph(cursor, reader);
      inside = false;
    } else if (item === 'open') inside = true;
    else if (item === 'closed') inside = false;
    else if (item !== 'go') return false;
  }
  return true;
}

type Item = Verdict | 'open' | 'closed';

function readItem(cursor: Cursor, reader: ConfigReader, inside: boolean): Item {
  const character = cursor.text[cursor.at] ?? '';
  if (isAlpha(character)) return readWord(cursor, reader);
  if (character === '/' || character === '"' || character === "'" || character === '~') {
    return readNames(cursor, reader, inside);
  }
  if (character === '}') return readClose(cursor, reader, inside);
  reader.mistake(`${cursor.line}`, 'lines must begin with a keyword or a filename (possibly in double quotes)');
  return passOne(cursor);
}

/** What was wrong is passed over, so that it is not read once more. */
function passOne(cursor: Cursor): 'skip' {
  pass(cursor);
  return 'skip';
}

function pass(cursor: Cursor): void {
  if (cursor.text[cursor.at] === '\n') cursor.line += 1;
  cursor.at += 1;
}

function nextLine(cursor: Cursor): void {
  const end = cursor.text.indexOf('\n', cursor.at);
  if (end !== -1) cursor.line += 1;
  cursor.at = end === -1 ? cursor.text.length : end + 1;
}

function takeWord(cursor: Cursor): string {
  WORD.lastIndex = cursor.at;
  const word = WORD.exec(cursor.text)?.[0] ?? '';
  cursor.at += word.length;
  return word;
}

function readWord(cursor: Cursor, reader: ConfigReader): Item {
  const word = takeWord(cursor);
  const next = cursor.text[cursor.at] ?? '';
  if (!isSpace(next) && next !== '=') {
    const found = next === '' ? '0' : `0x${next.charCodeAt(0).toString(16)}`;
    reader.mistake(`${cursor.line}`, `keyword '${word}' not properly separated, found ${found}`);
    return passOne(cursor);
  }
  if (!SCRIPT_WORDS.has(word)) return reader.word(word, cursor);
  const text = takeScript(cursor);
  if (text === undefined) {
    reader.mistake('', 'prerotate, postrotate or preremove without endscript');
    return 'stop';
  }
  reader.script(word, text);
  return 'go';
}

/** Text up to the line that begins with "endscript"; undefined when there is none (the cursor is then at the end). */
function takeScript(cursor: Cursor): string | undefined {
  const from = cursor.at;
  nextLine(cursor);
  while (cursor.at < cursor.text.length) {
    const lineStart = cursor.at;
    skipBlanks(cursor);
    if (takeWord(cursor) === 'endscript') return cursor.text.slice(from, lineStart);
    nextLine(cursor);
  }
  return undefined;
}

function readNames(cursor: Cursor, reader: ConfigReader, inside: boolean): Item {
  if (inside) {
    reader.mistake(`${cursor.line}`, 'unexpected log filename');
    return passOne(cursor);
  }
  const { line } = cursor;
  let names = '';
  while (cursor.at < cursor.text.length && cursor.text[cursor.at] !== '{') {
    const character = cursor.text[cursor.at] ?? '';
    names += character;
    pass(cursor);
    if (character === '\n') names += '\n'.repeat(passComments(cursor));
  }
  if (cursor.at >= cursor.text.length) {
    reader.mistake(`${line}`, "missing '{' after log files definition");
    reader.skipped();
    return 'stop';
  }
  cursor.at += 1;
  return reader.names(names, cursor) === 'go' ? 'open' : 'stop';
}

/** Lines that are comments, from here on; how many. */
function passComments(cursor: Cursor): number {
  let lines = 0;
  for (; cursor.text[cursor.at] === '#'; lines += 1) nextLine(cursor);
  return lines;
}

function readClose(cursor: Cursor, reader: ConfigReader, inside: boolean): Item {
  if (!inside) {
    reader.mistake(`${cursor.line}`, 'unexpected }');
    return 'stop';
  }
  if (reader.close(cursor) !== 'go') return 'stop';
  cursor.at += 1;
  skipBlanks(cursor);
  const next = cursor.text[cursor.at];
  if (next !== undefined && next !== '\n') {
    reader.mistake(`${cursor.line},`, 'unexpected text after }');
    nextLine(cursor);
  }
  return 'closed';
}

/** The end of a paragraph with a mistake is a "}" in the first column: one further right may belong to a script. */
function skipParagraph(cursor: Cursor, reader: ConfigReader): void {
  pass(cursor);
  reader.skipping();
  while (cursor.at < cursor.text.length) {
    if (cursor.text[cursor.at] === '}') {
      cursor.at += 1;
      break;
    }
    skipBlanks(cursor);
    if (SCRIPT_WORDS.has(takeWord(cursor))) takeScript(cursor);
    else nextLine(cursor);
  }
  reader.skipped();
}

/** The rest of the line after blanks and an optional "=", without blanks at its end; undefined when nothing is there. */
export function takeValue(cursor: Cursor): string | undefined {
  skipBlanks(cursor);
  if (cursor.text[cursor.at] === '=') {
    cursor.at += 1;
    skipBlanks(cursor);
  }
  const value = takeLine(cursor);
  return value === '' ? undefined : value;
}

/** The rest of the line as it stands, blanks at its end cut; the cursor is then on what was cut or the line's end. */
export function takeLine(cursor: Cursor): string {
  const end = cursor.text.indexOf('\n', cursor.at);
  const line = trimEndOf(cursor.text.slice(cursor.at, end === -1 ? cursor.text.length : end), ' \t\v\f\r');
  cursor.at += line.length;
  return line;
}

/** "skip" for a directive whose value is missing: the line's end is passed over with it. */
export function valueMissing(cursor: Cursor): Verdict {
  return passOne(cursor);
}

function skipBlanks(cursor: Cursor): void {
  while (isBlank(cursor.text[cursor.at])) cursor.at += 1;
}
