/** Words about name resolution that its rules share, and rows for samples. */

import { shorten, visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import type { Finding } from '#model/finding.ts';
import type { NameRow } from '#sensors/name-service.ts';

/** Text from a file as it may stand in a sentence. */
export function shownName(text: string, max = 120): string {
  return shorten(visible(text), max);
}

/** Subject, facts and the next step. */
export function aboutName(row: NameRow, before: NameRow | undefined): Pick<Finding, 'subject' | 'facts' | 'next'> {
  const { kind, name, value, file, line } = row;
  return {
    subject: `${kind} ${name}${kind === 'host' || kind === 'setting' ? ` ${value}` : ''}`,
    facts: { name, value, file, ...(line > 0 && { line }), ...(before && { valueBefore: before.value }) },
    next:
      kind === 'host' ? `getent ahosts ${shellQuote(name)}; grep -n . ${shellQuote(file)}` : `cat ${shellQuote(file)}`,
  };
}

/** Leads to this host itself, or to nowhere. */
export function isOwnAddress(address: string): boolean {
  return /^(?:127\.|0\.0\.0\.0$|::1$|::$|::ffff:127\.|fe80::1(?:%|$))/i.test(address);
}

/** A name of an archive, planted. */
export const hijacked: NameRow = {
  kind: 'host',
  name: 'security.debian.org',
  value: '10.0.0.9',
  count: 0,
  file: '/etc/hosts',
  line: 7,
};

/** The servers that are asked. */
export const servers: NameRow = {
  ...hijacked,
  kind: 'resolver',
  name: 'servers',
  value: '192.0.2.53',
  file: '/etc/resolv.conf',
  line: 1,
};

/** Where the names of accounts come from. */
export const passwdSources: NameRow = {
  ...servers,
  kind: 'sources',
  name: 'passwd',
  value: 'files systemd',
  file: '/etc/nsswitch.conf',
};
