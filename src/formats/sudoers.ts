/** sudoers as sudo 1.9 reads it, see sudoers(5): user specifications, aliases, Defaults and includes. */

import { linesOf } from '#lib/parse-lines.ts';
import { trimEndOf } from '#lib/trim-end.ts';
import type { LineResult, OddLine } from './config-lines.ts';
import { SudoersCursor } from './sudoers-cursor.ts';

export type AliasKind = 'User' | 'Runas' | 'Host' | 'Cmnd';

/** One command of a specification, with what was inherited from those before it. */
export interface SudoCommand {
  /** "" where no list stands: root. */
  readonly asUsers: readonly string[];
  readonly asGroups: readonly string[];
  /** NOPASSWD, SETENV … as they hold for this command, sorted; and options such as "CHROOT=/x". */
  readonly tags: readonly string[];
  readonly command: string;
}

/** One logical line; `line` is where it begins. */
export type SudoersLine = { readonly line: number } & (
  | { readonly kind: 'include' | 'includedir'; readonly path: string }
  | { readonly kind: 'alias'; readonly of: AliasKind; readonly name: string; readonly items: readonly string[] }
  | { readonly kind: 'default'; readonly scope: string; readonly setting: string }
  | {
      readonly kind: 'rule';
      readonly users: readonly string[];
      readonly hosts: readonly string[];
      readonly commands: readonly SudoCommand[];
    }
);

/** `lines` counts logical lines: each gives entries, is skipped, or is odd and ignored. */
export interface ParsedSudoers {
  readonly rows: readonly SudoersLine[];
  readonly odd: readonly OddLine[];
  readonly skipped: number;
  readonly lines: number;
}

/** Reads everything that can be read: sudo 1.9.3 and later passes over a line with an error, older ones over the file. */
export function parseSudoers(text: string): ParsedSudoers {
  const rows: SudoersLine[] = [];
  const odd: OddLine[] = [];
  let skipped = 0;
  const logical = logicalLines(text);
  for (const { line, content } of logical) {
    const { row, problem } = sudoersLine(content, line);
    if (row !== undefined) rows.push(...row);
    else if (problem === undefined) skipped += 1;
    if (problem !== undefined) odd.push({ line, problem, text: content, ignored: row === undefined });
  }
  return { rows, odd, skipped, lines: logical.length };
}

/** A backslash at the end of a line goes on in the next, but not one at the end of a comment: there rules could hide. */
export function logicalLines(text: string): readonly { readonly line: number; readonly content: string }[] {
  const found: { line: number; content: string }[] = [];
  let open: { readonly line: number; readonly parts: string[]; quoted: boolean } | undefined;
  for (const [index, raw] of linesOf(text).entries()) {
    const end = commentIn(raw, open?.quoted ?? false);
    const goesOn = end.at === undefined && /(?:^|[^\\])(?:\\\\)*\\$/.test(raw);
    const part = goesOn ? raw.slice(0, -1) : raw;
    open ??= { line: index + 1, parts: [], quoted: false };
    open.parts.push(open.parts.length === 0 ? part : part.trimStart());
    open.quoted = end.quoted;
    if (goesOn) continue;
    found.push({ line: open.line, content: open.parts.join(' ') });
    open = undefined;
  }
  if (open !== undefined) found.push({ line: open.line, content: open.parts.join(' ') });
  return found;
}

const INCLUDE = /^[ \t]*[@#](include|includedir)[ \t]+(.*)$/s;
const ALIAS = /^[ \t]*(User|Runas|Host|Cmnd|Cmd)_Alias[ \t]+/;
const DEFAULTS = /^[ \t]*Defaults([ \t]|[@:!>])/;

function sudoersLine(content: string, line: number): LineResult<readonly SudoersLine[]> {
  const include = INCLUDE.exec(content);
  if (include !== null) {
    const path = trimEndOf(include[2] ?? '', ' \t')
      .replace(/^"(.*)"$/, '$1')
      .replaceAll(/\\(.)/g, '$1');
    if (path === '') return { problem: 'names no file to include' };
    return { row: [{ line, kind: include[1] === 'includedir' ? 'includedir' : 'include', path }] };
  }
  const text = withoutComment(content).trim();
  if (text === '') return {};
  const alias = ALIAS.exec(text);
  if (alias !== null) return aliases(text.slice(alias[0].length), line, kindOf(alias[1] ?? ''));
  if (DEFAULTS.test(text)) return defaults(text.slice('Defaults'.length), line);
  return rules(text, line);
}

function kindOf(word: string): AliasKind {
  return word === 'Cmd' || word === 'Cmnd' ? 'Cmnd' : (word as AliasKind);
}

function withoutComment(text: string): string {
  return text.slice(0, commentIn(text, false).at);
}

/** "#" begins a comment, but not where digits follow (a number of a user), nor in quotes or behind a backslash. */
function commentIn(text: string, within: boolean): { readonly at?: number; readonly quoted: boolean } {
  let quoted = within;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '\\') at += 1;
    else if (char === '"') quoted = !quoted;
    else if (char === '#' && !quoted && !/^#-?\d/.test(text.slice(at, at + 3))) return { at, quoted };
  }
  return { quoted };
}

function aliases(text: string, line: number, of: AliasKind): LineResult<readonly SudoersLine[]> {
  const cursor = new SudoersCursor(text);
  const row: SudoersLine[] = [];
  do {
    const name = cursor.match(/[A-Z][A-Z0-9_]*/y);
    if (name === undefined || !cursor.take('=')) return { problem: 'is no alias: "NAME = list" is wanted' };
    const items = of === 'Cmnd' ? cursor.commandList() : cursor.list();
    if (items.length === 0) return { problem: `gives the alias ${name} no members` };
    row.push({ line, kind: 'alias', of, name, items });
  } while (cursor.take(':'));
  return cursor.done ? { row } : { problem: 'is no alias: something stands behind the list' };
}

function defaults(text: string, line: number): LineResult<readonly SudoersLine[]> {
  const cursor = new SudoersCursor(text, false);
  let scope = '';
  const mark = cursor.match(/[@:!>]/y);
  if (mark !== undefined) {
    const items = mark === '!' ? cursor.commandList(true) : cursor.list();
    if (items.length === 0) return { problem: 'is no Defaults: it does not say for whom' };
    scope = `${mark}${items.join(',')}`;
  }
  const settings = cursor.settings();
  if (settings.length === 0 || !cursor.done) return { problem: 'is no Defaults that sudo could read' };
  return { row: settings.map((setting) => ({ line, kind: 'default', scope, setting })) };
}

function rules(text: string, line: number): LineResult<readonly SudoersLine[]> {
  const cursor = new SudoersCursor(text);
  const users = cursor.list();
  if (users.length === 0) return { problem: 'is nothing that sudo could read' };
  const row: SudoersLine[] = [];
  do {
    const hosts = cursor.list();
    if (hosts.length === 0 || !cursor.take('=')) return { problem: 'is no rule: "who host = commands" is wanted' };
    const commands = commandsOf(cursor);
    if (commands === undefined || commands.length === 0) return { problem: 'is no rule: its commands cannot be read' };
    row.push({ line, kind: 'rule', users, hosts, commands });
  } while (cursor.take(':'));
  return cursor.done ? { row } : { problem: 'is no rule: something stands behind its commands' };
}

const TAG = /(?:NO)?(?:EXEC|FOLLOW|INTERCEPT|LOG_INPUT|LOG_OUTPUT|MAIL|PASSWD|SETENV)[ \t]*:/y;
const OPTION =
  /(?:ROLE|TYPE|APPARMOR_PROFILE|PRIVS|LIMITPRIVS|CWD|CHROOT|TIMEOUT|NOTBEFORE|NOTAFTER)[ \t]*=[ \t]*(?:"[^"]*"|[^ \t,]+)/y;

function commandsOf(cursor: SudoersCursor): readonly SudoCommand[] | undefined {
  const commands: SudoCommand[] = [];
  let asUsers: readonly string[] = [];
  let asGroups: readonly string[] = [];
  // Tags and the list in parentheses hold for what follows, until others stand there.
  const tags = new Map<string, string>();
  do {
    if (cursor.take('(')) {
      asUsers = cursor.list();
      asGroups = cursor.take(':') ? cursor.list() : [];
      if (!cursor.take(')')) return undefined;
    }
    for (let option = cursor.match(OPTION); option !== undefined; option = cursor.match(OPTION))
      tags.set(option.split('=')[0]?.trim() ?? '', option.replace(/[ \t]*=[ \t]*/, '='));
    for (let tag = cursor.match(TAG); tag !== undefined; tag = cursor.match(TAG)) {
      const name = tag.replace(/[ \t]*:$/, '');
      tags.set(name.replace(/^NO/, ''), name);
    }
    const command = cursor.command();
    if (command === undefined) return undefined;
    commands.push({ asUsers, asGroups, tags: [...tags.values()].sort(), command });
  } while (cursor.take(','));
  return commands;
}
