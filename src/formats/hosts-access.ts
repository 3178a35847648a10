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
    const [daemons, clients, ...options] = fieldsOf(bare);
    if (daemons === undefined || clients === undefined) return undefined;
    return { daemons, clients, options: options.join(': ') };
  });
}

/** Between colons, but not those behind a backslash or of an IPv6 address in brackets. */
function fieldsOf(line: string): string[] {
  const fields: string[] = [];
  let from = 0;
  let closing = -1;
  for (let at = 0; at < line.length; at += 1) {
    const char = line.charAt(at);
    if (char === '[' && at > closing) {
      closing = line.indexOf(']', at);
      if (closing < 0) closing = at;
    }
    if (char !== ':' || at < closing || line.charAt(at - 1) === '\\') continue;
    fields.push(line.slice(from, at).trim());
    from = at + 1;
  }
  return [...fields, line.slice(from).trim()];
}
