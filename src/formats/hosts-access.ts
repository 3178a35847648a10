/** Lines of /etc/hosts.allow and /etc/hosts.deny: hosts_access(5), hosts_options(5). */

import { type Parsed, parseLines } from '#lib/parse-lines.ts';

/** `daemons` "" for lines that say nothing. */
export interface AccessLine {
  readonly daemons: string;
  readonly clients: string;
  /** Shell command or options behind the second colon. */
  readonly options: string;
}

/** A backslash at the end continues a line. Lines without a colon are rejects. */
export function parseHostsAccess(text: string): Parsed<AccessLine> {
  return parseLines(text.replace(/\\\n/g, ' '), (line) => {
    const bare = line.replace(/^\s*#.*$/, '').trim();
    if (bare === '') return { daemons: '', clients: '', options: '' };
    const [daemons, clients, ...options] = bare.split(/(?<!\\):(?![^[]*\])/).map((part) => part.trim());
    if (daemons === undefined || clients === undefined) return undefined;
    return { daemons, clients, options: options.join(': ') };
  });
}
