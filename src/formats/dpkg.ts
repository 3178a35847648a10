/** The package database of dpkg: status, NAME.list, NAME.md5sums and dpkg.log. See deb(5), dpkg(1), dpkg-query(1). */

import { linesOf, type Parsed, parseLines } from '#lib/parse-lines.ts';

/** One line of NAME.md5sums; `path` is absolute. */
export interface Md5Line {
  readonly md5: string;
  readonly path: string;
}

const MD5_LINE = /^([0-9a-f]{32}) [ *](.+)$/;

/** "<md5>  usr/sbin/sshd": two blanks, the path without its first slash (debian-policy §4). */
export function parseMd5sums(text: string): Parsed<Md5Line> {
  return parseLines(text, (line) => {
    const [, md5, path] = MD5_LINE.exec(line) ?? [];
    return md5 === undefined || path === undefined ? undefined : { md5, path: `/${path}` };
  });
}

/** One line of dpkg.log. `versions` are old and new as dpkg prints them; "<none>" where there is none. */
export interface DpkgLogLine {
  readonly timeMs: number;
  readonly action: string;
  readonly package: string;
  readonly versions: readonly [old: string, now: string];
}

const LOG_LINE =
  /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d) (startup|status|install|upgrade|remove|purge|configure|trigproc|conffile|disappear)(?: (.*))?$/;

/** Times are local, without a zone: they are read in the zone of this process. */
export function parseDpkgLog(text: string): Parsed<DpkgLogLine> {
  return parseLines(text, (line) => {
    const found = LOG_LINE.exec(line);
    if (found === null) return undefined;
    const [, year, month, day, hour, minute, second, action = '', rest = ''] = found;
    const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}`);
    return Number.isNaN(time.getTime()) ? undefined : { timeMs: time.getTime(), action, ...packageOf(action, rest) };
  });
}

/** "status STATE PACKAGE VERSION", else "PACKAGE OLD NEW". */
function packageOf(action: string, rest: string): Pick<DpkgLogLine, 'package' | 'versions'> {
  const [first = '', second = '', third = ''] = rest.split(' ', 3);
  if (action === 'status') return { package: withoutArch(second), versions: ['', third] };
  return { package: withoutArch(first), versions: [second, third] };
}

/** "openssl:amd64" → "openssl". */
export function withoutArch(name: string): string {
  const colon = name.indexOf(':');
  return colon < 0 ? name : name.slice(0, colon);
}

/** One record of /var/lib/dpkg/diversions: three lines. A package moves the file of another aside. */
export interface Diversion {
  readonly from: string;
  readonly to: string;
  /** The package that does it, whose own file of this name stays; "local" for an administrator. */
  readonly by: string;
}

/** Incomplete records at the end are rejects. */
export function parseDiversions(text: string): Parsed<Diversion> {
  const lines = linesOf(text);
  const whole = lines.length - (lines.length % 3);
  const rows: Diversion[] = [];
  for (let at = 0; at < whole; at += 3) {
    rows.push({ from: lines[at] ?? '', to: lines[at + 1] ?? '', by: lines[at + 2] ?? '' });
  }
  return { rows, rejects: lines.slice(whole) };
}
