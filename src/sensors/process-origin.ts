/** Where a process comes from: the unit, or without one the service above it, and what program it really is. */

import { isInterpreterName } from '#formats/script-of.ts';
import { stableExePath } from '#formats/stable-names.ts';
import { BoundedMap } from '#lib/bounded-map.ts';
import type { Host, ProcessFacts } from '#model/host.ts';
import { isNamedProgram, isOwnProgram } from './own-program.ts';
import { pastOf } from './process-past.ts';
import { type Program, programOf } from './program.ts';

/** Programs that answer the network and have no reason to start a shell, by file name. */
const SERVICE =
  /^(?:apache2|httpd|nginx|lighttpd|caddy|php-fpm[\d.]*|php-cgi[\d.]*|uwsgi|gunicorn|catalina|mysqld|mariadbd|postgres|redis-server|valkey-server|mongod|memcached|named|dovecot|exim4|smtpd|vsftpd|proftpd|smbd|squid|haproxy|varnishd|slapd|elasticsearch|couchdb|influxd|rabbitmq-server|jenkins)$/;

/** A descriptor is no file that a package could own. */
const SCRIPT_FILE = /^\/(?!dev\/|proc\/)/;

const own = { exePlace: '', package: 'telltale', packageState: 'packaged' } as const;

/** Parents as alerts name them: "sh (4700)", nearest first. */
export function namesOf(ancestors: readonly ProcessFacts[]): string[] {
  return ancestors.map(({ comm, pid }) => `${comm} (${pid})`);
}

/** Processes without a unit whose origin is remembered; the oldest goes. */
const MAX_ORIGINS = 4096;
const origins = new WeakMap<Host, BoundedMap<string, string>>();

interface Found {
  readonly unit: string;
  readonly pid: number;
  readonly startTicks: number;
}

/**
 * The unit of systemd; without one the executable of the topmost ancestor below init, which is what a unit would be for
 * ("/usr/sbin/cron"). "" for what init itself started. Whose parents have ended belongs to init then, and still comes
 * from where it came: what was found first counts for all of its life.
 */
export function fromOf(host: Host, process: Found, ancestors: readonly ProcessFacts[]): string {
  if (process.unit !== '') return process.unit;
  const kept = origins.get(host) ?? new BoundedMap<string, string>(MAX_ORIGINS);
  origins.set(host, kept);
  const key = `${process.pid} ${process.startTicks}`;
  const known = kept.get(key) ?? pastOf(host, process).from;
  const from = known ?? fromNow(ancestors);
  if (from !== '') kept.set(key, from);
  return from;
}

/** As its parents say now. */
function fromNow(ancestors: readonly ProcessFacts[]): string {
  const top = ancestors.findLast((each) => each.pid > 2 && each.parentPid <= 2);
  return top === undefined ? '' : stableExePath(top.exe || top.comm);
}

/** What it came from where its parents do not say so any more, for a watch that comes later; undefined where they do. */
export function lostFrom(host: Host, process: Found, ancestors: readonly ProcessFacts[]): string | undefined {
  const from = process.unit === '' ? fromOf(host, process, ancestors) : '';
  return from === '' || from === fromNow(ancestors) ? undefined : from;
}

/** Name of the nearest service that answers the network among its ancestors, "" when there is none. */
export function serviceAbove(ancestors: readonly ProcessFacts[]): string {
  for (const { exe } of ancestors) {
    const name = exe.slice(exe.lastIndexOf('/') + 1);
    if (SERVICE.test(name)) return name;
  }
  return '';
}

/** What is known of the program that runs: of an interpreter's script where it has one by an absolute path. */
export function whatRuns(host: Host, process: ProcessFacts, script: string, verify: boolean): Program {
  if (isOwnProgram(host, process, script)) return { ...own, exe: stableExePath(process.exe), exeNow: process.exe };
  const program = programOf(host, process, verify);
  if (program.packageState === 'unpackaged' && isNamedProgram(host, process, script))
    return { ...program, packageState: 'unknown' };
  if (!SCRIPT_FILE.test(script) || !isInterpreterName(process.exe) || program.packageState !== 'packaged')
    return program;
  const scripted = programOf(host, { ...process, exe: script, exeState: 'present' }, verify);
  const named = scripted.packageState === 'unpackaged' && isNamedProgram(host, process, script);
  const packageState = named ? 'unknown' : scripted.packageState;
  return { ...program, exePlace: scripted.exePlace, package: scripted.package, packageState };
}
