/** Looks for processes that are there and not listed: see docs/sensors/hidden-processes.md. */

import { setImmediate as breathe } from 'node:timers/promises';
import { parseProcRights } from '#formats/proc-rights.ts';
import { parseProcStat } from '#formats/proc-stat.ts';
import { withoutSecretWords } from '#formats/secret-arguments.ts';
import type { Gap } from '#model/gap.ts';
import { type Host, isFailure } from '#model/host.ts';
import type { Kernel } from '#model/kernel.ts';
import { defineSensor } from '#model/sensor.ts';
import { defineTable } from '#model/table.ts';

/** One row a hidden program; empty on an honest host. */
export const hiddenProcesses = defineTable({
  name: 'hidden-processes',
  doc: 'Processes that run and are not in the listing of /proc.',
  slot: [],
  fleeting: true,
  columns: {
    seenBy: ['text', 'What knows of it: number (kill answers), cgroup, or events (begun, and never ended)', 'identity'],
    comm: ['text', 'Name that it gives itself, or "" where /proc does not tell', 'identity'],
    exe: ['text', 'Executable, or "" where /proc does not tell', 'identity'],
    user: ['text', 'User whose rights it has, or ""', 'identity'],
    pid: ['int', 'Process; the first that was found'],
    count: ['int', 'Processes of this identity'],
    cgroup: ['text', 'Its cgroup, or ""'],
    cmdline: ['text', 'Command line, cut at 1,024 characters'],
    uid: ['int', 'Number of the user; -1 unknown'],
    startedMs: ['time', 'Start; 0 unknown'],
  },
});

/** A row of `hidden-processes`. */
export type HiddenRow = NonNullable<(typeof hiddenProcesses)['row']>;

/** Numbers asked about in one look: some 50 ms of processor time. The next look goes on from there. */
const ASKED_A_LOOK = 100_000;
const SLICE = 4000;
/** Between two sightings of the same process: whatever was beginning or ending is through by then. */
const CONFIRM_MS = 1500;
/** More candidates than this are no rootkit but a mistake of ours, or a fork bomb: the rest waits for the next look. */
const MAX_CANDIDATES = 256;
const MAX_CGROUPS = 2000;
const SMALL_BYTES = 64 << 10;
const CMDLINE = 1024;

const SENSES = 'kill, /proc, cgroups and events';
type SeenBy = 'number' | 'cgroup' | 'events';
const next = new WeakMap<Host, number>();

/** What is not listed is asked about twice, with a second and a half between: on a busy host processes come and go. */
export default defineSensor<HiddenRow>({
  name: 'hidden-processes',
  doc: 'Asks the kernel of numbers that /proc does not list, reads the processes of each cgroup, and recalls what events told.',
  everyMs: 120_000,
  table: hiddenProcesses,
  async look(host, signal) {
    const { kernel } = host;
    // In a namespace of our own (a test, a container) other people's processes are none of our business.
    if (kernel === undefined || host.scope === 'own') return { rows: [], gaps: [], by: 'not asked' };
    const gaps = gapsOf(host);
    const first = await candidates(host, kernel);
    if (first.size === 0) return { rows: [], gaps, by: SENSES };
    await host.clock.sleep(CONFIRM_MS, signal);
    signal.throwIfAborted();
    const rows = confirmed(host, kernel, first);
    return { rows, gaps, by: SENSES };
  },
});

/** A /proc that hides the processes of others from us makes every answer wrong: proc(5), hidepid. */
function gapsOf(host: Host): Gap[] {
  const mounts = host.files.read('/proc/self/mountinfo');
  if (isFailure(mounts)) return [{ what: '/proc/self/mountinfo', why: mounts.error }];
  const line = mounts
    .toString('utf8')
    .split('\n')
    .find((text) => / \/proc /.test(text) && / - proc /.test(text));
  const hides = /hidepid=(?:[124]|noaccess|invisible|ptraceable)/.exec(line ?? '')?.[0];
  if (hides === undefined) return [];
  return [{ what: 'processes of others', why: `/proc is mounted with ${hides}`, reduced: true }];
}

/** Numbers that answer and are not listed, by what answers. */
async function candidates(host: Host, kernel: Kernel): Promise<ReadonlyMap<number, SeenBy>> {
  const found = new Map<number, SeenBy>();
  for (const pid of await unlistedByNumber(host, kernel)) found.set(pid, 'number');
  const inGroups = await pidsOfCgroups(host);
  // Read after the groups: what has just begun is in it, and what is not in it has ended or hides.
  const listed = new Set(kernel.listedProcesses());
  for (const pid of inGroups) if (!listed.has(pid) && !found.has(pid)) found.set(pid, 'cgroup');
  // Asked whatever the numbers have come to: a whole round of those may take an hour.
  for (const pid of host.processes.living?.() ?? [])
    if (!listed.has(pid) && !found.has(pid) && answers(host, kernel, pid)) found.set(pid, 'events');
  return new Map([...found].slice(0, MAX_CANDIDATES));
}

/** It answers to its number, or /proc shows it to who asks for it by name: a lie must be told to both. */
function answers(host: Host, kernel: Kernel, pid: number): boolean {
  if (kernel.processesAmong(pid, 1, () => false).length > 0) return true;
  const bytes = host.files.read(`/proc/${pid}/status`, SMALL_BYTES);
  return !isFailure(bytes) && new RegExp(`^Tgid:\\s${pid}$`, 'm').test(bytes.toString('latin1'));
}

async function unlistedByNumber(host: Host, kernel: Kernel): Promise<readonly number[]> {
  const highest = highestNumber(host);
  let at = next.get(host) ?? 1;
  const found: number[] = [];
  for (let asked = 0; asked < Math.min(ASKED_A_LOOK, highest); asked += SLICE) {
    if (at > highest) at = 1;
    const listed = kernel.listedProcesses();
    if (listed === undefined) return [];
    const known = new Set(listed);
    const unlisted = kernel.processesAmong(at, SLICE, (pid) => known.has(pid));
    // Began between the listing and the question, mostly.
    const again = unlisted.length === 0 ? known : new Set(kernel.listedProcesses());
    for (const pid of unlisted) if (!again.has(pid)) found.push(pid);
    at += SLICE;
    await breathe();
  }
  next.set(host, at);
  return found;
}

/** The highest number that was given since the start: numbers rise until pid_max and begin anew then. */
function highestNumber(host: Host): number {
  const number = (path: string, pattern: RegExp): number => {
    const bytes = host.files.read(path);
    return isFailure(bytes) ? 0 : Number(pattern.exec(bytes.toString('latin1'))?.[1] ?? 0);
  };
  const most = number('/proc/sys/kernel/pid_max', /^(\d{1,10})/) || 32_768;
  const last = number('/proc/loadavg', / (\d{1,10})\n?$/);
  const made = number('/proc/stat', /^processes (\d{1,15})$/m);
  return made > 0 && made < most ? Math.min(most, Math.max(last, made) + SLICE) : most;
}

async function pidsOfCgroups(host: Host): Promise<ReadonlySet<number>> {
  const pids = new Set<number>();
  const waiting = ['/sys/fs/cgroup', '/sys/fs/cgroup/systemd', '/sys/fs/cgroup/unified'].filter(
    (folder) => !isFailure(host.files.stat(`${folder}/cgroup.procs`)),
  );
  for (let read = 0; waiting.length > 0 && read < MAX_CGROUPS; read += 1) {
    const folder = waiting.pop() ?? '';
    const bytes = host.files.read(`${folder}/cgroup.procs`, 1 << 20);
    const lines = isFailure(bytes) ? [] : bytes.toString('latin1').split('\n');
    for (const line of lines) if (/^[1-9]\d{0,9}$/.test(line)) pids.add(Number(line));
    waiting.push(...groupsIn(host, folder));
    if (read % 64 === 63) await breathe();
  }
  return pids;
}

/** Groups of a group: folders, whose names end like a unit of systemd or have no dot, as the kernel's own files do. */
function groupsIn(host: Host, folder: string): string[] {
  const names = host.files.list(folder);
  if (isFailure(names)) return [];
  return names
    .filter((name) => !name.includes('.') || /\.(?:slice|service|scope|mount|socket|swap)$/.test(name))
    .map((name) => `${folder}/${name}`)
    .filter((path) => {
      const stat = host.files.stat(path);
      return !isFailure(stat) && stat.type === 'directory';
    });
}

/** Those of the candidates that still answer, are still not listed, and are still the same process. */
function confirmed(host: Host, kernel: Kernel, first: ReadonlyMap<number, SeenBy>): HiddenRow[] {
  const before = new Set(kernel.listedProcesses());
  const rows = new Map<string, HiddenRow>();
  for (const [pid, seenBy] of first) {
    if (before.has(pid)) continue;
    if (!answers(host, kernel, pid)) continue;
    const row = rowOf(host, pid, seenBy);
    if (row === undefined) continue;
    const key = [row.comm, row.exe, row.user, row.seenBy].join('\0');
    const other = rows.get(key);
    rows.set(key, other === undefined ? row : { ...other, count: other.count + 1 });
  }
  if (rows.size === 0) return [];
  // Listed by now: it began after the first of these listings.
  const after = new Set(kernel.listedProcesses());
  return [...rows.values()].filter(({ pid }) => !after.has(pid));
}

/** Undefined where it began after we first asked: somebody else has the number now, and the next look will tell. */
function rowOf(host: Host, pid: number, seenBy: SeenBy): HiddenRow | undefined {
  const bytes = host.files.read(`/proc/${pid}/stat`, SMALL_BYTES);
  const stat = isFailure(bytes) ? undefined : parseProcStat(bytes);
  const startedMs = stat === undefined ? 0 : host.clock.bootMs() + stat.startTicks * 10;
  if (stat !== undefined && host.clock.nowMs() - startedMs < CONFIRM_MS) return undefined;
  // What is about to go may be missing for a moment.
  if (stat?.ending === true) return undefined;
  const exe = host.files.readlink(`/proc/${pid}/exe`);
  const uid = uidOf(host, pid);
  return {
    seenBy,
    comm: stat?.comm ?? '',
    exe: isFailure(exe) ? '' : exe,
    user: uid < 0 ? '' : host.userName(uid),
    pid,
    count: 1,
    cgroup: textOf(host, `/proc/${pid}/cgroup`),
    cmdline: argumentsOf(host, pid).slice(0, CMDLINE),
    uid,
    startedMs,
  };
}

function uidOf(host: Host, pid: number): number {
  const bytes = host.files.read(`/proc/${pid}/status`, SMALL_BYTES);
  return isFailure(bytes) ? -1 : (parseProcRights(bytes)?.uids[1] ?? -1);
}

/** As of every other process, without secrets among them. */
function argumentsOf(host: Host, pid: number): string {
  return withoutSecretWords(textOf(host, `/proc/${pid}/cmdline`).split('\0'))
    .join(' ')
    .trim();
}

function textOf(host: Host, path: string): string {
  const bytes = host.files.read(path, 8 << 20);
  return isFailure(bytes) ? '' : bytes.toString('utf8', 0, 4 * CMDLINE).trim();
}
