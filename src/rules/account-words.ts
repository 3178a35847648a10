/** Words about accounts and groups that their rules share, and rows for samples. */

import { shorten, visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import type { Finding } from '#model/finding.ts';
import type { Cell } from '#model/table.ts';
import type { AccountRow } from '#sensors/accounts.ts';
import type { GroupRow } from '#sensors/groups.ts';

/** A name as it may stand in a sentence. */
export function named(name: string): string {
  return name === '' ? 'an account without a name' : shorten(visible(name), 60);
}

/** "bob may log in with a password", "bob may not log in". */
export function loginWords(row: AccountRow): string {
  if (row.login === 'no') return `${named(row.name)} may not log in`;
  if (row.login === 'by NIS') return `whoever the NIS domain names by ${named(row.name)} may log in`;
  return `${named(row.name)} may log in ${row.login}`;
}

/** Subject, facts and the next step for an account. */
export function aboutAccount(row: AccountRow): Pick<Finding, 'subject' | 'facts' | 'next'> {
  const { name, nth, uid, gid, login, password, home, shell, expires, line, file } = row;
  return {
    subject: nth === 1 ? name : `${name} (line ${nth} of the name)`,
    facts: { account: name, uid, gid, login, password, home, shell, line, file, ...(expires !== '' && { expires }) },
    next: `getent passwd -- ${shellQuote(name)}; grep -n -- ${shellQuote(`${name}:`)} /etc/passwd; last -n 5`,
  };
}

/** The columns that differ, as facts "shellBefore" and "shell"; marks of passwords are left out. */
export function beforeFacts(before: AccountRow, after: AccountRow): Record<string, Cell> {
  const facts: Record<string, Cell> = {};
  for (const name of ['uid', 'gid', 'login', 'password', 'home', 'shell', 'expires', 'sameUid'] as const)
    if (before[name] !== after[name]) facts[`${name}Before`] = before[name];
  return facts;
}

/** What membership in a group gives, beyond files that happen to belong to it. */
const POWER: Readonly<Record<string, string>> = {
  root: 'may touch what belongs to group root',
  sudo: 'may become root by sudo, as Debian sets it up',
  wheel: 'may become root by sudo or su, as many systems set it up',
  admin: 'may become root by sudo, as older Ubuntu sets it up',
  adm: 'may read the logs of the host, and what secrets stand in them',
  'systemd-journal': 'may read the whole journal',
  docker: 'may become root on this host: a container can mount its root directory',
  lxd: 'may become root on this host through a container',
  incus: 'may become root on this host through a container',
  'incus-admin': 'may become root on this host through a container',
  libvirt: 'may become root on this host through a virtual machine',
  disk: 'may read and write every file below the file system, as root may',
  shadow: 'may read the hashes of all passwords',
  kmem: 'may read the memory of the kernel',
  staff: 'may put programs into /usr/local, which root will run',
  'ssl-cert': 'may read the private keys of this host',
  input: 'may read every key that is pressed',
  wireshark: 'may read the network traffic of this host',
};
const ROOTLIKE = new Set([
  'root',
  'sudo',
  'wheel',
  'admin',
  'docker',
  'lxd',
  'incus',
  'incus-admin',
  'libvirt',
  'disk',
]);

/** What members may do; undefined for a group without power of its own. */
export function powerOf(group: GroupRow): string | undefined {
  if (group.gid === 0) return POWER['root'];
  return Object.hasOwn(POWER, group.name) ? POWER[group.name] : undefined;
}

/** Membership is as good as being root. */
export function isRootlike(group: GroupRow): boolean {
  return group.gid === 0 || ROOTLIKE.has(group.name);
}

/** Subject, facts and the next step for a group. */
export function aboutGroup(row: GroupRow): Pick<Finding, 'subject' | 'facts' | 'next'> {
  const { name, nth, gid, members, primary, line, file } = row;
  return {
    subject: nth === 1 ? name : `${name} (line ${nth} of the name)`,
    facts: { group: name, gid, members, primary, line, file },
    next: `getent group -- ${shellQuote(name)}; ls -l --time-style=full-iso /etc/group*`,
  };
}

/** An ordinary person. */
export const bob: AccountRow = {
  name: 'bob',
  nth: 1,
  uid: 1001,
  gid: 1001,
  login: 'with a password',
  password: 'set',
  passwordPlace: 'shadow',
  passwordMark: '1f0a55c2',
  passwordDay: '2026-05-01',
  home: '/home/bob',
  shell: '/bin/bash',
  expires: '',
  subids: ['uid 100000+65536', 'gid 100000+65536'],
  sameUid: '',
  gecos: 'Bob,,,',
  line: 30,
  file: '/etc/passwd',
};

/** The user of a service. */
export const wwwData: AccountRow = {
  ...bob,
  name: 'www-data',
  uid: 33,
  gid: 33,
  login: 'no',
  password: 'none',
  passwordMark: '77aa00ee',
  home: '/var/www',
  shell: '/usr/sbin/nologin',
  subids: [],
  gecos: 'www-data',
  line: 15,
};

/** Debian's group of those who may use sudo. */
export const sudoers: GroupRow = {
  name: 'sudo',
  nth: 1,
  gid: 27,
  members: ['marta'],
  primary: [],
  memberCount: 1,
  password: 'none',
  admins: [],
  line: 20,
  file: '/etc/group',
};
