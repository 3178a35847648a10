/** Expands names as glob(3) with GLOB_NOCHECK and GLOB_TILDE does, and matches single names as fnmatch(3). */

import { exists, list, lstat } from './files.ts';
import type { SysFailure } from './strerror.ts';
import { homeOf } from './users.ts';

export interface Expanded {
  /** What is there and matches, in order; without a match the pattern itself. */
  readonly paths: readonly string[];
  /** True when something matched. */
  readonly matched: boolean;
  /** A folder that could not be read. */
  readonly trouble?: { readonly folder: string; readonly failed: SysFailure };
}

const MAGIC = /[*?[]/;
const compiled = new Map<string, RegExp>();

/** Order of names: by bytes in the C locale, else as the locale has it. */
export function compareNames(a: string, b: string): number {
  if (a === b) return 0;
  if (plainOrder()) return a < b ? -1 : 1;
  return text(a).localeCompare(text(b)) || (a < b ? -1 : 1);
}

let plain: boolean | undefined;

function plainOrder(): boolean {
  const { LC_ALL, LC_COLLATE, LANG } = process.env;
  plain ??= /^(|C|POSIX|C\..*)$/.test(LC_ALL || LC_COLLATE || LANG || '');
  return plain;
}

function text(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}

/** fnmatch(3) on one name; a leading "." must be matched by itself when `period`. */
export function matchName(pattern: string, name: string, period = false): boolean {
  if (period && name.startsWith('.') && !pattern.startsWith('.') && !pattern.startsWith('\\.')) return false;
  let regex = compiled.get(pattern);
  if (regex === undefined) {
    regex = new RegExp(`^${translate(pattern)}$`, 's');
    compiled.set(pattern, regex);
  }
  return regex.test(name);
}

/** True when glob(3) would find this path by this pattern, if it were there. */
export function matchPath(pattern: string, path: string): boolean {
  const parts = tilde(pattern).split('/');
  const names = path.split('/');
  return parts.length === names.length && parts.every((part, index) => matchName(part, names[index] ?? '', true));
}

function translate(pattern: string): string {
  let source = '';
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern[at] ?? '';
    if (character === '*') source += '.*';
    else if (character === '?') source += '.';
    else if (character === '[') {
      const set = bracket(pattern, at);
      source += set === undefined ? '\\[' : set.source;
      at = set === undefined ? at : set.end;
    } else {
      if (character === '\\' && at + 1 < pattern.length) at += 1;
      source += escape(pattern[at] ?? '');
    }
  }
  // Many stars in a row are one: "******a" must not take a backtracking engine for ever.
  return source.replace(/(?:\.\*){2,}/g, '.*');
}

function escape(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/-]/, '\\$&');
}

const CLASSES: Readonly<Record<string, string>> = {
  alnum: 'A-Za-z0-9',
  alpha: 'A-Za-z',
  blank: ' \\t',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '\\x21-\\x7e',
  lower: 'a-z',
  print: '\\x20-\\x7e',
  punct: '!-\\/:-@\\[-`{-~',
  space: ' \\t\\n\\v\\f\\r',
  upper: 'A-Z',
  xdigit: 'A-Fa-f0-9',
};

function bracket(pattern: string, from: number): { readonly source: string; readonly end: number } | undefined {
  const negated = pattern[from + 1] === '!' || pattern[from + 1] === '^';
  const first = from + (negated ? 2 : 1);
  let at = first;
  let source = '';
  while (at < pattern.length && (pattern[at] !== ']' || at === first)) {
    const member = bracketMember(pattern, at);
    source += member.source;
    at = member.end;
  }
  if (at >= pattern.length) return undefined;
  const nothing = negated ? '.' : '[^\\s\\S]';
  return { source: source === '' ? nothing : `[${negated ? '^' : ''}${source}]`, end: at };
}

function bracketMember(pattern: string, from: number): { readonly source: string; readonly end: number } {
  const named = /^\[:([a-z]+):\]/.exec(pattern.slice(from, from + 12));
  const members = CLASSES[named?.[1] ?? ''];
  if (named !== null && members !== undefined) return { source: members, end: from + named[0].length };
  const at = pattern[from] === '\\' && from + 1 < pattern.length ? from + 1 : from;
  const character = pattern[at] ?? '';
  const last = /^.-([^\]])/s.exec(pattern.slice(at, at + 3))?.[1];
  if (last === undefined) return { source: hex(character), end: at + 1 };
  return { source: character <= last ? `${hex(character)}-${hex(last)}` : '', end: at + 3 };
}

function hex(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

/** All that is there and matches; folders among it are kept when `folders`. */
export function expand(pattern: string, folders: boolean): Expanded {
  const wanted = tilde(pattern);
  if (!MAGIC.test(wanted)) {
    const literal = wanted.replace(/\\(.)/g, '$1');
    const found = lstat(literal);
    if (found === undefined) return { paths: [pattern], matched: false };
    return { paths: found.isDirectory() && !folders ? [] : [literal], matched: true };
  }
  const search: Search = { found: [], folders, seen: 0 };
  const parts = wanted.split('/');
  const absolute = wanted.startsWith('/');
  walk(search, absolute ? '/' : '', absolute ? parts.slice(1) : parts);
  const trouble = search.trouble === undefined ? {} : { trouble: search.trouble };
  if (search.seen === 0) return { paths: [pattern], matched: false, ...trouble };
  return { paths: search.found.sort(compareNames), matched: true, ...trouble };
}

interface Search {
  readonly found: string[];
  readonly folders: boolean;
  /** Matches, folders among them. */
  seen: number;
  trouble?: { readonly folder: string; readonly failed: SysFailure };
}

function walk(search: Search, base: string, parts: readonly string[]): void {
  const [part = '', ...rest] = parts;
  const last = rest.length === 0;
  if (!MAGIC.test(part)) {
    const path = base + part.replace(/\\(.)/g, '$1');
    if (!last) walk(search, `${path}/`, rest);
    else keepIfThere(search, path);
    return;
  }
  for (const { name, folder } of matching(search, base, part)) {
    if (last) keep(search, base + name, folder);
    else if (folder || exists(`${base}${name}/.`)) walk(search, `${base}${name}/`, rest);
  }
}

function matching(
  search: Search,
  base: string,
  part: string,
): readonly { readonly name: string; readonly folder: boolean }[] {
  const entries = list(base === '' ? '.' : base);
  if ('value' in entries) return entries.value.filter(({ name }) => matchName(part, name, true));
  const { code } = entries.failed;
  if (code !== 'ENOENT' && code !== 'ENOTDIR') search.trouble ??= { folder: base, failed: entries.failed };
  return [];
}

function keepIfThere(search: Search, path: string): void {
  const found = lstat(path);
  if (found !== undefined) keep(search, path, found.isDirectory());
}

function keep(search: Search, path: string, folder: boolean): void {
  search.seen += 1;
  if (!folder || search.folders) search.found.push(path);
}

/** "~" and "~name" at the beginning; an unknown name stays. */
function tilde(pattern: string): string {
  const [, name, rest] = /^~([^/]*)(.*)$/s.exec(pattern) ?? [];
  if (name === undefined || rest === undefined) return pattern;
  const home = name === '' ? (process.env['HOME'] ?? homeOf(String(process.getuid?.() ?? 0))) : homeOf(name);
  return home === undefined ? pattern : Buffer.from(home, 'utf8').toString('latin1') + rest;
}
