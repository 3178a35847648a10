/**
 * The never-block list: whoever is on it cannot be shut out by an attacker who forges that address, nor by a slip of the
 * administrator. Read from the machine as it is now. See docs/answers.md.
 */

import { gateways4, gateways6, localAddresses4, localAddresses6 } from '#formats/own-addresses.ts';
import { parseIgnore } from '#formats/portsentry-ignore.ts';
import { remoteHostOf, resolversOf, timeServersOf } from '#formats/server-names.ts';
import { loggedIn } from '#formats/sshd-title.ts';
import { parseUtmp } from '#formats/utmp.ts';
import { isPrefix, parsePrefix } from '#lib/ip-prefix.ts';
import { type Files, type Host, isFailure, type ProcessFacts } from '#model/host.ts';
import type { AnswerSettings, NeverBlock } from '#model/responder.ts';

/** What the list is made from beside the machine. */
export interface NeverSources {
  readonly settings: Pick<AnswerSettings, 'never' | 'neverFiles'>;
  /** Hosts that our own settings name (mail, log), with what they are for. */
  readonly services: readonly { readonly name: string; readonly why: string }[];
  /** Addresses of a name; none where it cannot be told. Never rejects. */
  resolve(name: string): Promise<readonly string[]>;
}

type Machine = Pick<Host, 'files' | 'network' | 'processes' | 'clock'>;

const recentMs = 7 * 86_400_000;
/** Session files and names that are looked at. */
const mostSessions = 500;
const mostNames = 64;
/** Entries of the list; what is more is cut off, built-in ones first. */
const mostEntries = 5_000;

const timeFiles = [
  '/etc/chrony/chrony.conf',
  '/etc/chrony.conf',
  '/etc/ntp.conf',
  '/etc/ntpsec/ntp.conf',
  '/etc/openntpd/ntpd.conf',
  '/etc/systemd/timesyncd.conf',
];
const timeFolders = ['/etc/chrony/sources.d', '/etc/chrony/conf.d', '/etc/systemd/timesyncd.conf.d'];

/** Everybody who is never blocked, hard ones first; each address once, with the first reason. */
export async function neverBlock(
  host: Machine,
  sources: NeverSources,
  signal: AbortSignal,
): Promise<readonly NeverBlock[]> {
  const list = new Map<string, NeverBlock>();
  const add = (address: string, why: string, hard = false): void => {
    const read = parsePrefix(address);
    if (!isPrefix(read) || list.has(read.text) || list.size >= mostEntries) return;
    // "Any address" in a file of ignored ones (0.0.0.0 is in every portsentry.ignore) means that address, not all.
    list.set(read.text, { prefix: read.text, why, hard });
  };
  ownAddresses(host.files, add);
  for (const { prefix, why } of settled(host.files, sources.settings)) add(prefix, why);
  for (const { address, why } of await sshPeers(host, signal)) add(address, why);
  for (const { address, why } of loginsOf(host)) add(address, why);
  await named(host.files, sources, add);
  return [...list.values()];
}

function ownAddresses(files: Files, add: (address: string, why: string, hard: boolean) => void): void {
  add('127.0.0.0/8', 'loopback', true);
  add('::1', 'loopback', true);
  for (const address of localAddresses4(textOf(files, '/proc/net/fib_trie')))
    add(address, 'an address of this host', true);
  for (const address of localAddresses6(textOf(files, '/proc/net/if_inet6')))
    add(address, 'an address of this host', true);
  for (const address of gateways4(textOf(files, '/proc/net/route'))) add(address, 'a gateway', true);
  for (const address of gateways6(textOf(files, '/proc/net/ipv6_route'))) add(address, 'a gateway', true);
  for (const path of ['/etc/resolv.conf', '/run/systemd/resolve/resolv.conf'])
    for (const address of resolversOf(textOf(files, path))) add(address, `a name server (${path})`, true);
}

function settled(files: Files, { never, neverFiles }: NeverSources['settings']): { prefix: string; why: string }[] {
  const own = never.map((prefix) => ({ prefix, why: 'the setting answers.never' }));
  const listed = neverFiles.flatMap((path) =>
    parseIgnore(textOf(files, path)).flatMap(({ line, prefix }) =>
      prefix === undefined ? [] : [{ prefix: prefix.text, why: `${path}, line ${line}` }],
    ),
  );
  return [...own, ...listed];
}

/**
 * Whoever is logged in over SSH now. Only sessions that are past the password count: else an attacker would be safe from
 * blocks by holding a connection open. sshd says so in its title: "sshd: bob@pts/0" after, "sshd: bob [priv]" before.
 */
async function sshPeers(host: Machine, signal: AbortSignal): Promise<{ address: string; why: string }[]> {
  const sockets = await host.network.snapshot({ scope: 'own', what: 'all', signal }).catch(() => undefined);
  const found: { address: string; why: string }[] = [];
  if (sockets === undefined) return found;
  for (let index = 0; index < sockets.length; index += 1) {
    const { state, protocol, remoteAddress: address } = sockets.at(index);
    if (state !== 'ESTAB' || !protocol.startsWith('tcp')) continue;
    const user = sockets.ownersOf(index).flatMap((pid) => sshUser(host.processes.get(pid)) ?? [])[0];
    if (user !== undefined) found.push({ address, why: `${user} is logged in from there over SSH` });
  }
  return found;
}

function sshUser(process: ProcessFacts | undefined): string | undefined {
  return process !== undefined && /\/sshd[^/]*$/.test(process.exe) ? loggedIn(process.cmdline) : undefined;
}

/** Open sessions of anybody, and logins of administrators in the last week. */
function loginsOf(host: Machine): { address: string; why: string }[] {
  const { files, clock, processes } = host;
  const open = parseUtmp(bytesOf(files, '/run/utmp')).rows.flatMap(({ pid, user, address }) =>
    address !== '' && processes.get(pid) !== undefined ? [{ address, why: `${user} is logged in from there` }] : [],
  );
  const admins = adminsIn(textOf(files, '/etc/group'));
  const recent = parseUtmp(bytesOf(files, '/var/log/wtmp')).rows.flatMap(({ user, address, timeMs }) =>
    address !== '' && admins.has(user) && clock.nowMs() - timeMs < recentMs
      ? [{ address, why: `${user} was logged in from there in the last seven days` }]
      : [],
  );
  return [...open, ...sessionsOf(files), ...recent];
}

/** Debian 13 has no utmp any more: systemd-logind knows who is there. */
function sessionsOf(files: Files): { address: string; why: string }[] {
  const names = files.list('/run/systemd/sessions');
  if (isFailure(names)) return [];
  return names.slice(0, mostSessions).flatMap((name) => {
    const address = remoteHostOf(textOf(files, `/run/systemd/sessions/${name}`));
    return address === undefined ? [] : [{ address, why: 'somebody is logged in from there' }];
  });
}

function adminsIn(group: string): ReadonlySet<string> {
  const members = group.split('\n').flatMap((line) => {
    const [name = '', , , list = ''] = line.split(':');
    return ['sudo', 'wheel', 'admin'].includes(name) ? list.split(',') : [];
  });
  return new Set(['root', ...members.map((member) => member.trim())].filter((member) => member !== ''));
}

/** Time servers, and the hosts of our own settings: by name, so that a name server is asked. */
async function named(files: Files, sources: NeverSources, add: (address: string, why: string) => void): Promise<void> {
  const inFolders = timeFolders.flatMap((folder) => {
    const names = files.list(folder);
    return isFailure(names) ? [] : names.slice(0, 50).map((name) => `${folder}/${name}`);
  });
  const time = [...timeFiles, ...inFolders].flatMap((path) =>
    timeServersOf(textOf(files, path)).map((name) => ({ name, why: `a time server (${path})` })),
  );
  await Promise.all(
    [...sources.services, ...time].slice(0, mostNames).map(async ({ name, why }) => {
      const isAddress = isPrefix(parsePrefix(name));
      for (const address of isAddress ? [name] : await sources.resolve(name))
        add(address, isAddress ? why : `${why}: ${name}`);
    }),
  );
}

function textOf(files: Files, path: string): string {
  return bytesOf(files, path).toString('latin1');
}

/** What is not there or cannot be read adds nobody. */
function bytesOf(files: Files, path: string): Buffer {
  const read = files.read(path);
  return isFailure(read) ? Buffer.alloc(0) : read;
}
