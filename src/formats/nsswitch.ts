/** /etc/nsswitch.conf, see nsswitch.conf(5): which sources are asked for names, and in which order. */

import { type ParsedConfig, parseConfig } from './config-lines.ts';

/** `sources` as written, with "[NOTFOUND=return]" as items of their own. */
export interface SwitchLine {
  readonly line: number;
  readonly database: string;
  readonly sources: readonly string[];
}

/** The last line of a database counts (glibc 2.34 and later, nss/nss_database.c). */
export function parseNsswitch(text: string): ParsedConfig<SwitchLine> {
  return parseConfig(text, (raw, line) => {
    const content = raw.replace(/#.*$/, '').trim();
    if (content === '') return {};
    const match = /^([A-Za-z_]+)\s*:\s*(.*)$/.exec(content);
    const [, database, list] = match ?? [];
    if (database === undefined || list === undefined) return { problem: 'is not "database: sources"' };
    const sources = list.match(/\[[^\]]*(?:\]|$)|[^\s[\]]+/g) ?? [];
    return { row: { line, database, sources } };
  });
}
