/**
 * How grave a listener is: who can reach it, what the program is, where it lies, and who runs it. The table in
 * docs/rules/new-listener.md is this file in words.
 */

import { type Severity, severities } from '#model/finding.ts';
import type { SocketRow } from '#sensors/socket-table.ts';

/** Users that services run as: they have no reason to start programs of their own. */
const SERVICE_USERS = new Set(
  'www-data apache nginx http nobody daemon mysql postgres redis mongodb tomcat jenkins git ftp mail www bin games list proxy backup'.split(
    ' ',
  ),
);
/** Made to carry other people's traffic or commands. */
const NETWORK_TOOL =
  /^(?:nc|ncat|netcat|nc\.(?:traditional|openbsd)|socat|cryptcat|pwncat|chisel|ligolo\w*|frp[cs]|ngrok|gost|3proxy|microsocks|iodined?|dnscat\w*|ptunnel\w*|telnetd|busybox)$/;
/** Run what others wrote: the package says nothing about the script. */
const INTERPRETER =
  /^(?:python[\d.]*|perl[\d.]*|ruby[\d.]*|php[\d.]*|bash|dash|sh|zsh|ksh|lua[\d.]*|tclsh[\d.]*|awk|gawk|mawk|pwsh)$/;

const SCRIPT_RUNTIME = /^(?:node|nodejs|deno|bun)$/;

export interface Weight {
  readonly severity: Severity;
  /** Why it weighs so, as sentences. */
  readonly why: string;
}

/** Runs a script: that a package ships the interpreter says nothing about what it runs. */
export function isInterpreter(row: SocketRow): boolean {
  return INTERPRETER.test(nameOf(row)) || SCRIPT_RUNTIME.test(nameOf(row));
}

function nameOf(row: SocketRow): string {
  return row.exe.slice(row.exe.lastIndexOf('/') + 1);
}

/** The weight of a new listener. Every reason that raised it is said. */
export function weigh(row: SocketRow): Weight {
  const reasons: string[] = [];
  let level = base(row, reasons);
  for (const [steps, reason] of suspicions(row)) {
    level += steps;
    reasons.push(reason);
  }
  if (row.exposure === 'filtered') level -= 1;
  const severity = severities[Math.max(0, Math.min(level, ceiling(row)))] ?? 'critical';
  return { severity, why: reasons.join(' ') };
}

/** By who can reach it: 2 (medium) for the network, 0 (info) for this host. */
function base(row: SocketRow, reasons: string[]): number {
  if (row.exposure === 'local') {
    reasons.push('Only programs on this host can reach it.');
    return row.packageState === 'packaged' ? 0 : 1;
  }
  reasons.push('Whoever can reach the host can now talk to this program.');
  return 2;
}

/** What a port on loopback can weigh at most: a person's own tools open one at each login. */
function ceiling(row: SocketRow): number {
  if (row.exposure !== 'local') return 4;
  const plain = row.packageState === 'unpackaged' && row.exePlace === '' && row.exeState === 'present';
  if (!plain || NETWORK_TOOL.test(nameOf(row)) || isOutOfService(row)) return 3;
  // Editors bring a Node of their own.
  if (isAtHome(row) && !INTERPRETER.test(nameOf(row))) return 1;
  return isInterpreter(row) ? 2 : 3;
}

/** It lies in the home of the user who runs it, by the kernel's word: a name as passed to exec may hold "..". */
function isAtHome(row: SocketRow): boolean {
  const user = row.runsAs || row.user;
  return !row.asStarted && user !== '' && row.exeNow.startsWith(user === 'root' ? '/root/' : `/home/${user}/`);
}

function* suspicions(row: SocketRow): Generator<readonly [steps: number, reason: string]> {
  if (row.packageState === 'unpackaged') yield [1, 'Nothing vouches for a program that came from no package.'];
  if (row.packageState === 'altered') yield [2, 'Somebody changed the file after it was installed.'];
  if (row.exePlace !== '') yield [1, `Everyone may write to ${row.exePlace}, where it lies.`];
  if (row.exeState === 'memory' || row.exeState === 'deleted') yield [1, 'Its executable is not on the disk any more.'];
  if (NETWORK_TOOL.test(nameOf(row)))
    yield [1, 'It is a tool that hands a connection on to whoever asks: a common way to keep a way in.'];
  else if (vouchesForNoScript(row)) yield [1, 'It is an interpreter: what answers on the port is a script.'];
  if (isOutOfService(row))
    yield [1, `${row.runsAs || row.user} is the user of a service and should not start programs of its own.`];
}

/** Of a Node from no package that was said already: editors bring one. */
function vouchesForNoScript(row: SocketRow): boolean {
  return INTERPRETER.test(nameOf(row)) || (isInterpreter(row) && row.packageState === 'packaged');
}

/** A service's user outside of the service's unit, or with a program that no package brought. */
function isOutOfService(row: SocketRow): boolean {
  if (!SERVICE_USERS.has(row.runsAs || row.user)) return false;
  return row.packageState !== 'packaged' || !row.unit.endsWith('.service') || NETWORK_TOOL.test(nameOf(row));
}
