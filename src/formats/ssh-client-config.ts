/** Settings of ssh(1) that run programs, load libraries, or take in further files: ssh_config(5), readconf.c of OpenSSH. */

import { trimEndOf } from '#lib/trim-end.ts';
import { type LineResult, type ParsedConfig, parseConfig } from './config-lines.ts';

/** A setting of interest. `keyword` as the manual writes it; `value` unquoted where it is one word. */
export interface SshClientLine {
  readonly line: number;
  readonly keyword: string;
  readonly value: string;
  /** "" for every host; else the line of Host or Match that it stands under, as "Host *.example.org". */
  readonly under: string;
}

const KEYWORDS = new Map(
  [
    'ProxyCommand',
    'LocalCommand',
    'PermitLocalCommand',
    'RemoteCommand',
    'KnownHostsCommand',
    'PKCS11Provider',
    'SmartcardDevice',
    'SecurityKeyProvider',
    'XAuthLocation',
    'Include',
    'Match',
  ].map((name) => [name.toLowerCase(), name]),
);

/** Of all other settings nothing is kept. A Match is a row of its own where it runs a command to find out. */
export function parseSshClientConfig(text: string): ParsedConfig<SshClientLine> {
  let under = '';
  return parseConfig(text, (raw, line): LineResult<SshClientLine> => {
    const content = trimEndOf(raw, ' \t\r\f').replace(/^[ \t\r]+/, '');
    if (content === '' || content.startsWith('#')) return {};
    const { word, rest } = splitLine(content);
    if (word === '') return { problem: 'has no keyword' };
    if (word === 'host' || word === 'match') under = `${word === 'host' ? 'Host' : 'Match'} ${rest}`;
    const keyword = KEYWORDS.get(word);
    if (keyword === undefined || rest === '') return {};
    const value = keyword === 'Match' ? askedBy(rest) : rest.replace(/^"([^"]*)"$/, '$1');
    return value === '' ? {} : { row: { line, keyword, value, under } };
  });
}

/** As strdelim() of misc.c: blanks and one "=" stand between, and a keyword may be quoted. */
function splitLine(content: string): { readonly word: string; readonly rest: string } {
  const [, quoted, bare, rest = ''] = /^(?:"([^"]*)"|([^ \t\r="]+))[ \t\r]*=?[ \t\r]*(.*)$/s.exec(content) ?? [];
  return { word: (quoted ?? bare ?? '').toLowerCase(), rest };
}

/** The command that a Match asks, "" where it asks none. */
function askedBy(conditions: string): string {
  const [, quoted, bare] = /\bexec[ \t]+(?:"([^"]*)"|([^ \t"]+))/i.exec(conditions) ?? [];
  return quoted ?? bare ?? '';
}
