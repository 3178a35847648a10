/** Files of sysctl.d(5) and /etc/sysctl.conf: settings of the kernel that are written at each boot. */

import { type Parsed, parseLines } from '#lib/parse-lines.ts';

/** One line. A blank line or a comment has the name "". */
export interface SysctlLine {
  /** With dots as sysctl(8) shows it; parts that hold a dot themselves (eth0.100) have "/" there. May hold "*". */
  readonly name: string;
  readonly value: string;
  /** "-name": takes the name out of what a "*" before or after it sets. */
  readonly excluded: boolean;
}

const blank: SysctlLine = { name: '', value: '', excluded: false };

/** Reads a file; a line without "=" (but "-name") is a reject, as systemd-sysctl passes over it with a warning. */
export function parseSysctlConf(text: string): Parsed<SysctlLine> {
  return parseLines(text, (line) => {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#') || trimmed.startsWith(';')) return blank;
    const at = trimmed.indexOf('=');
    const left = (at < 0 ? trimmed : trimmed.slice(0, at)).trim();
    const careless = left.startsWith('-');
    const name = sysctlName(careless ? left.slice(1).trim() : left);
    if (name === '' || /\s/.test(name)) return undefined;
    if (at < 0) return careless ? { name, value: '', excluded: true } : undefined;
    return { name, value: trimmed.slice(at + 1).trim(), excluded: false };
  });
}

/** Whichever of "." and "/" comes first is the separator; then the other one stands for itself. */
export function sysctlName(written: string): string {
  const dot = written.indexOf('.');
  const slash = written.indexOf('/');
  if (slash < 0 || (dot >= 0 && dot < slash)) return written;
  return written.replace(/[./]/g, (sign) => (sign === '/' ? '.' : '/'));
}

/** Path below /proc/sys of a name, as "net/ipv4/ip_forward". */
export function sysctlPath(name: string): string {
  return name.replace(/[./]/g, (sign) => (sign === '/' ? '.' : '/'));
}

/** Does a name that may hold "*" (within one part) mean this one? */
export function sysctlMatches(pattern: string, name: string): boolean {
  if (!/[*?[]/.test(pattern)) return pattern === name;
  const parts = pattern.split('.');
  const others = name.split('.');
  return parts.length === others.length && parts.every((part, at) => partMatches(part, others[at] ?? ''));
}

/** "*" and "?" only, by stepping: a pattern of an attacker must not make a regular expression that never ends. */
function partMatches(pattern: string, text: string): boolean {
  let star = -1;
  let mark = 0;
  let p = 0;
  let t = 0;
  while (t < text.length) {
    if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p += 1;
      t += 1;
    } else if (pattern[p] === '*') {
      star = p;
      mark = t;
      p += 1;
    } else if (star >= 0) {
      p = star + 1;
      mark += 1;
      t = mark;
    } else return false;
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
}
