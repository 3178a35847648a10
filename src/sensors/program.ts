/** What is known of the program behind a socket: where its file lies, and who ships it. */

import { belongingOf } from '#formats/cgroup.ts';
import { stableExePath } from '#formats/stable-names.ts';
import { BoundedMap } from '#lib/bounded-map.ts';
import { type FileStat, isFailure, type ProcessFacts, type SocketHost } from '#model/host.ts';

/** Facts of one executable as one process runs it. */
export interface Program {
  readonly exe: string;
  readonly exeNow: string;
  readonly exePlace: string;
  readonly package: string;
  readonly packageState: 'packaged' | 'unpackaged' | 'altered' | 'unknown';
}

const unknownProgram: Program = { exe: '', exeNow: '', exePlace: '', package: '', packageState: 'unknown' };

const SNAP = /^(?:\/var\/lib\/snapd)?\/snap\/([^/]+)\//;
/** No package may put files there (FHS 3.0): to be told so by the lists of all packages takes milliseconds. */
const NEVER_SHIPPED = /^\/(?:tmp|home|root|dev|proc|run|mnt|media|var\/tmp)\//;
const OPEN_PLACES = ['/tmp/', '/var/tmp/', '/dev/shm/'];
const WORLD_WRITABLE = 0o002;
const MAX_VERIFIED_BYTES = 64 << 20;

/** One program opens many sockets at once: what was found is kept this long. */
const KEEP_MS = 2000;
/** Programs kept; the oldest goes. */
const MAX_PROGRAMS = 4096;

type Kept = BoundedMap<string, { readonly program: Program; readonly atMs: number }>;
const kept = new WeakMap<SocketHost, Kept>();

/** What is known of the program of a process; `verify` as in `lookAt`. Two seconds old at most. */
export function programOf(host: SocketHost, process: ProcessFacts | undefined, verify: boolean): Program {
  if (process === undefined || process.exe === '') return unknownProgram;
  const programs: Kept = kept.get(host) ?? new BoundedMap(MAX_PROGRAMS);
  kept.set(host, programs);
  const key = `${process.pid} ${process.startTicks} ${verify} ${process.exeState} ${process.cgroup}\0${process.exe}`;
  const nowMs = host.clock.monotonicMs();
  const known = programs.get(key);
  if (known !== undefined && nowMs - known.atMs < KEEP_MS) return known.program;
  const program = lookAt(host, process, verify);
  programs.set(key, { program, atMs: nowMs });
  return program;
}

/** Looks at the file; `verify` also holds it against the checksums of its package (reads the whole file once). */
function lookAt(host: SocketHost, process: ProcessFacts, verify: boolean): Program {
  const exe = stableExePath(process.exe);
  if (process.exeState === 'memory' || !process.exe.startsWith('/')) {
    return { exe, exeNow: process.exe, exePlace: '', package: '', packageState: memoryState(process) };
  }
  const foreign = isForeign(host, process);
  const place = openPlace(host, process, foreign);
  return { exe, exeNow: process.exe, exePlace: place, ...shippedBy(host, process, foreign, verify) };
}

/** An executable in memory belongs to no package; a relative name "as started" cannot be told. */
function memoryState(process: ProcessFacts): Program['packageState'] {
  return process.exeState === 'memory' ? 'unpackaged' : 'unknown';
}

function shippedBy(
  host: SocketHost,
  process: ProcessFacts,
  foreign: boolean,
  verify: boolean,
): Pick<Program, 'package' | 'packageState'> {
  const { exe } = process;
  if (foreign) {
    const contained = belongingOf(process.cgroup).container !== '';
    return { package: '', packageState: contained ? 'unknown' : 'unpackaged' };
  }
  const snap = SNAP.exec(exe)?.[1];
  if (snap !== undefined && isRootsAlone(host, '/snap')) return { package: `snap ${snap}`, packageState: 'packaged' };
  if (isFailure(host.files.stat('/var/lib/dpkg/status'))) return { package: '', packageState: 'unknown' };
  const owner = NEVER_SHIPPED.test(exe) ? '' : host.packages.ownerOf(exe);
  if (owner === '') return { package: '', packageState: 'unpackaged' };
  const altered = verify && isOnDisk(process) && isAltered(host, exe);
  return { package: owner, packageState: altered ? 'altered' : 'packaged' };
}

/** Where another file took its place, that one is checked: it will run at the next start. */
function isOnDisk({ exeState }: ProcessFacts): boolean {
  return exeState === 'present' || exeState === 'replaced';
}

/** While dpkg runs, files and checksums are of different versions for a moment: that is no alteration. */
function isAltered(host: SocketHost, exe: string): boolean {
  if (host.packages.run()?.endedMs === 0) return false;
  const stat = host.files.stat(exe);
  if (isFailure(stat) || stat.sizeBytes > MAX_VERIFIED_BYTES) return false;
  return host.packages.verify(exe) === 'differs';
}

/**
 * True when the path, as the process sees it, is another file than ours of that name: it runs in a container, or an
 * attacker has mounted something over a trusted path in a mount namespace of its own.
 */
function isForeign(host: SocketHost, process: ProcessFacts): boolean {
  if (process.exeState !== 'present' || process.asStarted) return false;
  const theirs = host.files.stat(`/proc/${process.pid}/root${process.exe}`);
  // Gone before it could be asked: a path inside of a container still is not one of ours.
  if (isFailure(theirs)) return belongingOf(process.cgroup).container !== '';
  const ours = host.files.stat(process.exe);
  return isFailure(ours) || !sameFile(ours, theirs);
}

function sameFile(a: FileStat, b: FileStat): boolean {
  return a.inode === b.inode && a.sizeBytes === b.sizeBytes && a.ctimeMs === b.ctimeMs;
}

function isRootsAlone(host: SocketHost, path: string): boolean {
  const stat = host.files.stat(path);
  return !isFailure(stat) && stat.uid === 0 && (stat.mode & 0o022) === 0;
}

/** First directory on the way (or the file itself) that everyone may write: whoever can may have put the file there. */
function openPlace(host: SocketHost, process: ProcessFacts, foreign: boolean): string {
  const root = foreign ? `/proc/${process.pid}/root` : '';
  for (let end = process.exe.indexOf('/', 1); ; end = process.exe.indexOf('/', end + 1)) {
    const path = end < 0 ? process.exe : process.exe.slice(0, end);
    const stat = host.files.stat(root + path);
    if (!isFailure(stat) && stat.type !== 'symlink' && (stat.mode & WORLD_WRITABLE) !== 0) return path;
    if (end < 0) break;
  }
  return OPEN_PLACES.find((place) => process.exe.startsWith(place))?.slice(0, -1) ?? '';
}
