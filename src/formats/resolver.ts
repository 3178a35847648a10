/** Files of name resolution: hosts(5), resolv.conf(5), as glibc reads them. */

import { isIP } from 'node:net';
import { type ParsedConfig, parseConfig } from './config-lines.ts';

export interface HostsLine {
  readonly line: number;
  readonly address: string;
  /** In lower case, for names do not differ in that. */
  readonly names: readonly string[];
}

/** One address with names a line; what has no name or no address is passed over by glibc, and odd. */
export function parseHosts(text: string): ParsedConfig<HostsLine> {
  return parseConfig(text, (raw, line) => {
    const [address, ...names] = raw
      .replace(/#.*$/, '')
      .trim()
      .split(/[ \t\v\f\r]+/);
    if (address === undefined || address === '') return {};
    if (isIP(address.replace(/%.*$/, '')) === 0) return { problem: 'does not begin with an address' };
    if (names.length === 0) return { problem: 'names no host' };
    return { row: { line, address, names: names.map((name) => name.toLowerCase()) } };
  });
}

export interface ResolvLine {
  readonly line: number;
  readonly keyword: string;
  readonly values: readonly string[];
}

const KEYWORDS = new Set(['nameserver', 'search', 'domain', 'sortlist', 'options']);

/** The keyword must begin the line (resolv/res_init.c): an indented line is passed over, and odd. */
export function parseResolvConf(text: string): ParsedConfig<ResolvLine> {
  return parseConfig(text, (raw, line) => {
    if (raw.trim() === '' || /^[#;]/.test(raw)) return {};
    const [keyword = '', ...values] = raw.trim().split(/[ \t\r]+/);
    if (/^[ \t]/.test(raw)) return { problem: 'begins with a blank' };
    if (!KEYWORDS.has(keyword)) return { problem: `begins with a word that is none: "${keyword.slice(0, 40)}"` };
    if (values.length === 0) return { problem: `names no value for "${keyword}"` };
    if (keyword === 'nameserver' && isIP((values[0] ?? '').replace(/%.*$/, '')) === 0)
      return { problem: 'names no address of a name server' };
    return { row: { line, keyword, values } };
  });
}
