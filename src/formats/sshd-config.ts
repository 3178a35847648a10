/** sshd_config as OpenSSH 8.7 and later reads it (servconf.c, misc.c argv_split); see sshd_config(5). */

import { trimEndOf } from '#lib/trim-end.ts';
import { type LineResult, type ParsedConfig, parseConfig } from './config-lines.ts';

/** One directive. `keyword` in lower case and by its present name; `args` with quotes taken off. */
export interface SshdLine {
  readonly line: number;
  readonly keyword: string;
  readonly args: readonly string[];
}

/** Names of old that sshd still takes. */
const ALIASES: Readonly<Record<string, string>> = {
  challengeresponseauthentication: 'kbdinteractiveauthentication',
  skeyauthentication: 'kbdinteractiveauthentication',
  pubkeyacceptedkeytypes: 'pubkeyacceptedalgorithms',
  hostbasedacceptedkeytypes: 'hostbasedacceptedalgorithms',
  hostdsakey: 'hostkey',
  dsaauthentication: 'pubkeyauthentication',
  keepalive: 'tcpkeepalive',
};

/** Every line is a directive, blank or comment, or odd: sshd does not start with such a line. */
export function parseSshdConfig(text: string): ParsedConfig<SshdLine> {
  return parseConfig(text, sshdLine);
}

function sshdLine(raw: string, line: number): LineResult<SshdLine> {
  const whole = trimEndOf(raw, ' \t\r\n\f').replace(/^[ \t\r]+/, '');
  // An empty first word is passed over, also where "=" ends it: "=PermitRootLogin yes" counts.
  const content = whole.replace(/^=[ \t\r]*/, '');
  if (whole === '' || whole.startsWith('#')) return {};
  // strdelim() takes blanks and one "=" between keyword and value; a keyword may stand in quotes.
  const [, quoted, bare, rest] = /^(?:"([^"]*)"|([^ \t\r="]+))(?:[ \t\r]*=?[ \t\r]*)(.*)$/s.exec(content) ?? [];
  const keyword = (quoted ?? bare ?? '').toLowerCase();
  if (keyword === '' || rest === undefined) return { problem: 'has no keyword' };
  const args = splitArgs(rest);
  if (args === undefined) return { problem: 'has quotes that are not closed' };
  if (args.length === 0) return { problem: `names no value for "${keyword.slice(0, 40)}"` };
  return { row: { line, keyword: presentName(keyword), args } };
}

function presentName(keyword: string): string {
  return (Object.hasOwn(ALIASES, keyword) ? ALIASES[keyword] : undefined) ?? keyword;
}

/** Words by argv_split(): quotes of both kinds, a backslash before quote, backslash or blank, "#" begins a comment. */
export function splitArgs(text: string): readonly string[] | undefined {
  const args: string[] = [];
  let at = 0;
  while (at < text.length) {
    if (/[ \t]/.test(text.charAt(at))) {
      at += 1;
      continue;
    }
    if (text.charAt(at) === '#') break;
    const word = wordAt(text, at);
    if (word === undefined) return undefined;
    args.push(word.text);
    at = word.end;
  }
  return args;
}

function wordAt(text: string, start: number): { readonly text: string; readonly end: number } | undefined {
  let word = '';
  let quote = '';
  let at = start;
  for (; at < text.length; at += 1) {
    const char = text.charAt(at);
    const next = text.charAt(at + 1);
    if (char === '\\' && (/["'\\]/.test(next) || (quote === '' && next === ' '))) {
      word += next;
      at += 1;
    } else if (quote === '' && /[ \t]/.test(char)) break;
    else if (quote === '' && /["']/.test(char)) quote = char;
    else if (char === quote) quote = '';
    else word += char;
  }
  return quote === '' ? { text: word, end: at } : undefined;
}
