/** Words that the rules on packages and their sources share. */

import { shorten, visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import type { Cell } from '#model/table.ts';
import type { PackageSourceRow } from '#sensors/package-sources.ts';
import type { PackageRow } from '#sensors/packages.ts';

/** Programs that guard the host: taking one out is what an intruder does first. */
const GUARDS =
  /^(?:auditd|rsyslog|syslog-ng|apparmor|fail2ban|crowdsec|aide|samhain|tripwire|debsums|ufw|nftables|iptables-persistent|firewalld|unattended-upgrades|needrestart|ossec-\w+|wazuh-\w+|osquery|falco|clamav\w*|rkhunter|chkrootkit|portsentry|psad|logcheck|telltale)$/;

/** The row of the host itself, which waits for a reboot. */
export const REBOOT = 'a reboot';

/** Does the package guard the host? */
export function isGuard(row: PackageRow): boolean {
  return GUARDS.test(row.name);
}

/** Of a row of `packages`. */
export function aboutPackage(row: PackageRow) {
  const { name, architecture, version, state, held } = row;
  const facts: Record<string, Cell> = { package: name, architecture, version, state, held };
  if (row.securityUpdate !== '') facts['securityUpdate'] = row.securityUpdate;
  const next = `grep -F ${shellQuote(` ${name}`)} /var/log/dpkg.log | tail; less /var/log/apt/history.log`;
  return { subject: `${name}:${architecture}`, facts, next };
}

/** "openssl 3.0.17-1". */
export function packageName(row: PackageRow): string {
  return `${visible(row.name)} ${visible(row.version)}`.trim();
}

/** Of a row of `package-sources`. */
export function aboutSource(row: PackageSourceRow) {
  const { kind, name, path, enabled, untrusted, signedBy, value } = row;
  const facts: Record<string, Cell> = { file: path, kind, name, enabled };
  for (const [key, text] of Object.entries({ untrusted, signedBy, value })) if (text !== '') facts[key] = text;
  const look = kind === 'key' ? `gpg --show-keys -- ${shellQuote(path)}` : `cat -v -- ${shellQuote(path)}`;
  return { subject: `${kind} ${path} ${name}`, facts, next: `ls -l -- ${shellQuote(path)}; ${look}` };
}

/** A name of such a row, made visible and short. */
export function sourceName(row: PackageSourceRow): string {
  return shorten(visible(row.name), 140);
}

/** libssl, as an ordinary host has it. */
export const openssl: PackageRow = {
  name: 'openssl',
  architecture: 'amd64',
  version: '3.0.17-1~deb12u2',
  state: 'installed',
  held: false,
  securityUpdate: '',
  database: '/var/lib/dpkg/status',
};

/** A repository of somebody. */
export const foreignSource: PackageSourceRow = {
  kind: 'source',
  name: 'deb http://packages.example.net/debian stable main',
  path: '/etc/apt/sources.list.d/x.list',
  enabled: true,
  untrusted: '',
  signedBy: '',
  secure: false,
  value: '',
  problem: '',
  place: 'deb stable',
};
