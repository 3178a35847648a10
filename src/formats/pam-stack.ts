/** Files of /etc/pam.d as libpam reads them (libpam/pam_handlers.c), see pam.conf(5). */

import { linesOf } from '#lib/parse-lines.ts';
import type { OddLine } from './config-lines.ts';

export type PamType = 'auth' | 'account' | 'password' | 'session';

/** What a result of a module leads to: ok, bad, die, done, ignore, reset, or how many modules to skip. */
export type PamAction = string;

/** One line: a module, or another file. `type` "" for "@include", which brings all four. */
export interface PamLine {
  readonly line: number;
  readonly type: PamType | '';
  /** "include", "substack", or the action by result ("success", …, "default"). */
  readonly control: 'include' | 'substack' | ReadonlyMap<string, PamAction>;
  /** Control as written, blanks made one. */
  readonly controlText: string;
  /** Module or file. */
  readonly target: string;
  readonly args: string;
  /** "-auth": no complaint when the module is missing. */
  readonly optional: boolean;
}

export interface ParsedPam {
  readonly rows: readonly PamLine[];
  readonly odd: readonly OddLine[];
  readonly skipped: number;
  readonly lines: number;
}

const WORDS: Readonly<Record<string, readonly (readonly [string, PamAction])[]>> = {
  required: [
    ['success', 'ok'],
    ['new_authtok_reqd', 'ok'],
    ['ignore', 'ignore'],
    ['default', 'bad'],
  ],
  requisite: [
    ['success', 'ok'],
    ['new_authtok_reqd', 'ok'],
    ['ignore', 'ignore'],
    ['default', 'die'],
  ],
  sufficient: [
    ['success', 'done'],
    ['new_authtok_reqd', 'done'],
    ['default', 'ignore'],
  ],
  optional: [
    ['success', 'ok'],
    ['new_authtok_reqd', 'ok'],
    ['default', 'ignore'],
  ],
};
const TYPES = new Set(['auth', 'account', 'password', 'session']);
const ACTION = /^(?:ignore|ok|done|bad|die|reset|\d{1,4})$/;

/** Every logical line is a row, skipped, or odd and ignored; libpam fails a whole service for such a line. */
export function parsePam(text: string): ParsedPam {
  const rows: PamLine[] = [];
  const odd: OddLine[] = [];
  let skipped = 0;
  const logical = logicalLines(text);
  for (const { line, content } of logical) {
    const row = content === '' ? undefined : pamLine(content, line);
    if (content === '') skipped += 1;
    else if (typeof row === 'object') rows.push(row);
    else odd.push({ line, problem: row ?? '', text: content, ignored: true });
  }
  return { rows, odd, skipped, lines: logical.length };
}

/** "#" ends a line unless a backslash stands before it; a backslash at the end of what is left goes on in the next. */
function logicalLines(text: string): readonly { readonly line: number; readonly content: string }[] {
  const found: { line: number; content: string }[] = [];
  let open: { line: number; content: string } | undefined;
  for (const [index, raw] of linesOf(text).entries()) {
    const comment = /(?:^|[^\\])#/.exec(raw);
    const plain = (comment === null ? raw : raw.slice(0, comment.index + Number(comment[0] !== '#'))).trim();
    const goesOn = plain.endsWith('\\');
    const part = (goesOn ? plain.slice(0, -1) : plain).replaceAll(String.raw`\#`, '#').trim();
    const content = open === undefined ? part : `${open.content} ${part}`.trim();
    open = { line: open?.line ?? index + 1, content };
    if (goesOn) continue;
    found.push(open);
    open = undefined;
  }
  if (open !== undefined) found.push(open);
  return found;
}

function pamLine(content: string, line: number): PamLine | string {
  const include = /^@include\s+(\S+)/.exec(content);
  if (include !== null)
    return {
      line,
      type: '',
      control: 'include',
      controlText: '@include',
      target: include[1] ?? '',
      args: '',
      optional: false,
    };
  const [, dash, type, controlText, target, args] =
    /^(-?)(\w+)\s+(\[[^\]]*\]|\S+)\s+(\S+)\s*(.*)$/s.exec(content) ?? [];
  if (type === undefined || controlText === undefined || target === undefined) return 'is not "type control module"';
  const kind = type.toLowerCase();
  if (!TYPES.has(kind)) return `has a type that is none: "${type.slice(0, 20)}"`;
  const control = controlOf(controlText);
  if (control === undefined) return `has a control that is none: "${controlText.slice(0, 60)}"`;
  return {
    line,
    type: kind as PamType,
    control,
    controlText: controlText.replaceAll(/\s+/g, ' '),
    target,
    args: (args ?? '').replaceAll(/\s+/g, ' '),
    optional: dash === '-',
  };
}

function controlOf(text: string): PamLine['control'] | undefined {
  const word = text.toLowerCase();
  if (word === 'include' || word === 'substack') return word;
  if (Object.hasOwn(WORDS, word)) return new Map(WORDS[word]);
  if (!text.startsWith('[')) return undefined;
  const actions = new Map<string, PamAction>();
  for (const pair of text.slice(1, -1).trim().split(/\s+/)) {
    const [name = '', action = ''] = pair.split('=');
    if (!/^\w+$/.test(name) || !ACTION.test(action)) return undefined;
    actions.set(name, action);
  }
  return actions;
}
