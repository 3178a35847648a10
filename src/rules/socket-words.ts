/** Words about a socket that all rules share: whose it is, where it is, who opened it, and what to type next. */

import { shorten, visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import type { Who } from '#model/finding.ts';
import type { Cell } from '#model/table.ts';
import type { SocketRow } from '#sensors/socket-table.ts';
import { isInterpreter } from './listener-weight.ts';

const EVERYWHERE = new Set(['0.0.0.0', '::', '']);

/** IPv4 and IPv6 sockets with a port. */
export function hasPort(row: SocketRow): boolean {
  return (row.family === 'inet' || row.family === 'inet6') && row.protocol !== 'raw';
}

/** Bound to every address of the host. */
export function isEverywhere(row: SocketRow): boolean {
  return hasPort(row) && EVERYWHERE.has(row.address);
}

/** "port 4444", "UDP port 53", "Unix socket /run/x", "packet socket (all)". Made visible, at most 140 characters. */
export function thing(row: SocketRow): string {
  if (hasPort(row)) {
    const port = row.port === 0 ? `${visible(row.pathNow)} (of the kernel's choice)` : `port ${row.port}`;
    return `${row.protocol === 'tcp' ? '' : `${row.protocol.toUpperCase()} `}${port}`;
  }
  if (row.family === 'unix') return `Unix socket ${shorten(visible(row.pathNow || row.path), 120)}`;
  if (row.family === 'netlink') return `netlink socket (${visible(row.path)})`;
  return `${row.family === 'packet' ? 'packet' : 'raw'} socket (${visible(row.path)})`;
}

/**
 * "to every address", "to 10.0.0.4", "on loopback only"; "" where there is no address. Of IPv6 with its address: a program
 * that listens by both has two alerts, which nobody could tell apart.
 */
export function reach(row: SocketRow): string {
  if (!hasPort(row)) return '';
  const also = row.family === 'inet6' ? ` (${visible(row.address)})` : '';
  if (row.exposure === 'local') return `on loopback only${also}`;
  return isEverywhere(row) ? `to every address${also}` : `to ${visible(row.address)}`;
}

/**
 * The executable's file name, for an interpreter with the script's ("python3.11 (agent.py)"); the name that the process
 * gives itself only where there is nothing better: anybody may take any. "A process that was gone too soon" when it
 * could not be told.
 */
export function program(row: SocketRow): string {
  const file = row.exeNow.slice(row.exeNow.lastIndexOf('/') + 1);
  const inside = isInterpreter(row) || file === 'java' ? scriptName(row, file) : '';
  const script = inside === '' ? '' : ` (${inside})`;
  const name = file === '' ? row.comm : `${file}${script}`;
  if (name !== '') return shorten(visible(name), 40);
  return row.pid > 0 ? 'A process that was gone too soon' : 'A process that could not be found';
}

/** Options whose value is the next word: python -W -X, perl and ruby -I, php -d -t, node --require --import, java -cp. */
const VALUED = new Set(['-W', '-X', '-I', '-d', '-t', '--require', '--import', '-cp', '-classpath', '--class-path']);

/** The program is the argument itself, or comes on standard input: there is no name to tell. */
const NAMELESS = new Set(['-c', '-e', '-', '--', '--eval', '--print']);

/**
 * What an interpreter runs, as a name for a title (formats/script-of.ts gives the path, for an identity): the name that the
 * process has, or by its command line: "backup.py", "-m http.server".
 */
function scriptName({ comm, cmdline }: SocketRow, file: string): string {
  // Node calls each of its processes "node-MainThread": that names no script.
  if (comm !== '' && !file.startsWith(comm) && !comm.startsWith(`${file}-`)) return comm;
  const words = cmdline.split(' ').slice(1);
  for (const [index, word] of words.entries()) {
    if (VALUED.has(words[index - 1] ?? '')) continue;
    if (word === '-m') return moduleWords(words[index + 1]);
    if (NAMELESS.has(word)) return '';
    if (word !== '' && !word.startsWith('-')) return word.slice(word.lastIndexOf('/') + 1);
  }
  return '';
}

function moduleWords(name: string | undefined): string {
  return name === undefined ? '' : `-m ${name}`;
}

/** " in container web", " in lab" (a namespace that is no container's), or "" on the host's own network. */
export function place(row: SocketRow): string {
  if (row.namespace === 'host') return '';
  return ` in ${row.container === '' ? '' : 'container '}${visible(row.namespace)}`;
}

/** "Started by www-data from /tmp/.x/nc." and what is odd about the file, in sentences. */
export function origin(row: SocketRow): string {
  const exe = row.exeNow === '' ? 'a program that could not be told' : shorten(visible(row.exeNow), 160);
  const user = row.runsAs || row.user;
  const started = row.asStarted ? `${exe} (as it was started; it was gone before it could be checked)` : exe;
  const unit = row.unit === '' ? '' : ` as part of ${visible(row.unitNow)}`;
  const parent = row.parents[0] === undefined ? '' : ` Its parent is ${visible(row.parents[0])}.`;
  return `Started by ${user === '' ? 'an unknown user' : visible(user)} from ${started}${unit}.${parent}${shipped(row)}`;
}

function shipped(row: SocketRow): string {
  if (row.packageState === 'unpackaged') return ' No package owns it.';
  if (row.packageState === 'altered') return ` It is not the file that package ${visible(row.package)} shipped.`;
  return row.packageState === 'packaged' ? ` It belongs to package ${visible(row.package)}.` : '';
}

/** What the packet filter makes of it, as a sentence; "" where it does not matter. */
export function filterWords(row: SocketRow): string {
  if (row.exposure === 'filtered')
    return ` The packet filter closes it from outside: ${shorten(visible(row.exposureWhy), 160)}.`;
  if (row.exposure !== 'cannot tell') return '';
  return ` Whether the packet filter lets it through cannot be told: ${shorten(visible(row.exposureWhy), 160)}.`;
}

/** The stable identity as text; never a pid. */
export function subjectOf(row: SocketRow): string {
  const where = hasPort(row) ? `${row.address}:${row.port}` : row.path;
  const by = [row.exe, row.unit, row.user].filter((part) => part !== '').join(' ');
  return `${row.namespace} ${row.family} ${row.protocol} ${where} ${by}`.trimEnd();
}

/** Commands to paste: what stands there now, the file, and who ships it. Names are quoted: an attacker chose them. */
export function nextSteps(row: SocketRow): string {
  const steps: string[] = [];
  if (row.pid > 0) steps.push(`ls -l /proc/${row.pid}/exe`);
  if (hasPort(row)) steps.push(row.port === 0 ? 'telltale sockets' : `telltale sockets port ${row.port}`);
  else if (row.family === 'unix' && row.pathNow.startsWith('/')) steps.push(`ls -l -- ${shellQuote(row.pathNow)}`);
  else steps.push(`telltale sockets${row.family === 'netlink' ? '' : ' -w'}`);
  if (row.packageState === 'unpackaged' && row.exeNow.startsWith('/') && row.exeState === 'present') {
    steps.push(`sha256sum -- ${shellQuote(row.exeNow)}`);
  }
  return steps.join('; ');
}

/** The process of a row; undefined when it could not be found. */
export function whoOf(row: SocketRow): Who | undefined {
  if (row.pid <= 0) return undefined;
  return {
    pid: row.pid,
    exe: row.exeNow,
    comm: row.comm,
    cmdline: row.cmdline,
    user: row.runsAs || row.user,
    uid: row.uid,
    parents: row.parents,
    unit: row.unitNow,
    package: row.package,
    session: row.session,
    startedMs: row.startedMs,
    ...(row.asStarted ? { asStarted: true } : {}),
  };
}

/** Facts of a socket under the names that scripts read. */
export function factsOf(row: SocketRow): Record<string, Cell> {
  const { namespace, family, protocol, state, count, holders } = row;
  const facts: Record<string, Cell> = { namespace, family, protocol, state, count, holders };
  if (hasPort(row))
    Object.assign(facts, {
      address: row.address,
      port: row.port,
      exposure: row.exposure,
      exposureWhy: row.exposureWhy,
    });
  else facts['path'] = row.pathNow || row.path;
  if (row.family === 'unix') Object.assign(facts, { mode: row.mode, owner: row.owner });
  if (row.container !== '') facts['container'] = row.container;
  if (row.filter !== '') facts['filter'] = row.filter;
  if (row.interface !== '') facts['interface'] = row.interface;
  Object.assign(facts, { packageState: row.packageState, exeState: row.exeState });
  if (row.exePlace !== '') facts['exePlace'] = row.exePlace;
  return facts;
}

/** What every finding about a socket holds. */
export function about(row: SocketRow) {
  const who = whoOf(row);
  return { subject: subjectOf(row), facts: factsOf(row), next: nextSteps(row), ...(who === undefined ? {} : { who }) };
}

/**
 * For what is said of the executable, not of the socket: told as part of the alert that the rules about programs opened
 * of the same file just before. Not in the first look: there each row must have an alert of its own.
 */
export function ofFile(row: SocketRow, learning: boolean) {
  const facts = { ...factsOf(row), file: row.exeNow };
  return learning || row.exeNow === '' ? { facts } : { facts, folds: row.exeNow };
}
