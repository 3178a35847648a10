/** Reads a settings file: bytes to plain data with positions. Nothing in it is executed, and all of it is bounded. */

import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { isNode, LineCounter, parseDocument } from 'yaml';
import type { Problem } from './problem.ts';

/** Larger files are refused: settings are small. */
export const MAX_FILE_BYTES = 256 * 1024;

// Anchors are handy for two channels with the same server; a bomb needs many more (billion laughs).
const MAX_ALIASES = 50;

// One slip in YAML may make hundreds of errors; the first ones are those that help.
const MAX_ERRORS = 10;

/** What a file holds, and where in it a value (or a key) stands. */
export interface ReadFile {
  readonly data: unknown;
  readonly mode: number;
  readonly problems: readonly Problem[];
  place(path: readonly (string | number)[], atKey: boolean): { readonly line: number; readonly column: number };
}

/** Reads at most MAX_FILE_BYTES of a regular file; returns the errno name when it cannot be read. */
export function readBytes(
  file: string,
): { readonly bytes: Buffer; readonly mode: number; readonly uid: number } | { readonly error: string } {
  let descriptor: number;
  try {
    // Not blocking: a FIFO at this place must not hang the start.
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    return { error: errnoOf(error) };
  }
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) return { error: stat.isDirectory() ? 'EISDIR' : 'not a regular file' };
    if (stat.size > MAX_FILE_BYTES) return { error: `larger than ${MAX_FILE_BYTES / 1024} KiB` };
    const bytes = Buffer.alloc(MAX_FILE_BYTES + 1);
    let length = 0;
    for (let got = 1; got > 0 && length < bytes.length; length += got) {
      got = readSync(descriptor, bytes, length, bytes.length - length, null);
    }
    if (length > MAX_FILE_BYTES) return { error: `larger than ${MAX_FILE_BYTES / 1024} KiB` };
    return { bytes: bytes.subarray(0, length), mode: stat.mode & 0o7777, uid: stat.uid };
  } catch (error) {
    return { error: errnoOf(error) };
  } finally {
    closeSync(descriptor);
  }
}

/** Parses YAML text of a file; all its errors are problems, none is thrown. */
export function parseYaml(file: string, bytes: Buffer, mode = 0): ReadFile {
  const lines = new LineCounter();
  const problems: Problem[] = [];
  const add = (offset: number, message: string): void => {
    const { line, col } = lines.linePos(offset);
    problems.push({ file, line: Math.max(1, line), column: Math.max(1, col), message });
  };
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    problems.push({ file, line: 0, column: 0, message: 'is not UTF-8 text; save it again as UTF-8' });
    return { data: undefined, mode, problems, place: () => ({ line: 0, column: 0 }) };
  }
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      uniqueKeys: true,
      version: '1.2',
      logLevel: 'error',
    });
    if (document.errors.some(({ message }) => message.includes('call stack'))) throw new RangeError('too deep');
    for (const error of document.errors.slice(0, MAX_ERRORS)) add(error.pos[0], yamlWords(error.code, error.message));
    const data: unknown = problems.length > 0 ? undefined : document.toJS({ maxAliasCount: MAX_ALIASES });
    return {
      data,
      mode,
      problems,
      place: (path, atKey) => {
        const offset = offsetOf(document, path, atKey);
        const { line, col } = lines.linePos(offset);
        return { line: Math.max(1, line), column: Math.max(1, col) };
      },
    };
  } catch (error) {
    // Deep nesting overflows the parser's stack, and too many aliases are refused by it: both are the file's fault.
    const message =
      error instanceof RangeError
        ? 'is nested too deeply'
        : error instanceof ReferenceError
          ? 'uses too many aliases (*name)'
          : 'is not YAML';
    problems.push({ file, line: 0, column: 0, message: `${message}; write it plainly` });
    return { data: undefined, mode, problems, place: () => ({ line: 0, column: 0 }) };
  }
}

interface Place {
  getIn(path: Iterable<unknown>, keepScalar: true): unknown;
  readonly contents: unknown;
}

// The nearest thing on the way to `path` that stands in the file: a missing key is shown at its section.
function offsetOf(document: Place, path: readonly (string | number)[], atKey: boolean): number {
  for (let length = path.length; length > 0; length -= 1) {
    const part = path.slice(0, length);
    if (atKey && length === path.length) {
      const parent = length === 1 ? document.contents : document.getIn(part.slice(0, -1), true);
      const key = keyOffset(parent, path[length - 1]);
      if (key !== undefined) return key;
    }
    const node = document.getIn(part, true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return isNode(document.contents) && document.contents.range ? document.contents.range[0] : 0;
}

function keyOffset(parent: unknown, key: string | number | undefined): number | undefined {
  if (typeof parent !== 'object' || parent === null || !('items' in parent) || !Array.isArray(parent.items))
    return undefined;
  for (const item of parent.items as readonly { key?: unknown }[]) {
    const name = item.key;
    if (isNode(name) && 'value' in name && String(name.value) === String(key) && name.range) return name.range[0];
  }
  return undefined;
}

const WORDS: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'this key stands here twice; keep one',
  TAB_AS_INDENT: 'tabs cannot indent YAML; use spaces',
  MULTIPLE_DOCS: 'only one document is read; take out the "---" line',
};

function yamlWords(code: string, message: string): string {
  return WORDS[code] ?? `cannot be read: ${message.split('\n')[0] ?? ''}`;
}

function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
