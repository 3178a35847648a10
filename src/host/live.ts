/** The live host: all doors to this machine, put together. */

import { hostname } from 'node:os';
import type { Files, Home, Host, KernelEvents } from '#model/host.ts';
import type { FileIndex, IntegrityDoor } from '#model/integrity.ts';
import type { OutsideCheck } from '#model/outside.ts';
import { openClock } from './clock.ts';
import { sendUnixDatagram } from './datagram.ts';
import { openDeepFiles } from './deep-files.ts';
import { openDpkgProof } from './dpkg-proof.ts';
import { shareKernelEvents } from './event-hub.ts';
import { openExec } from './exec.ts';
import { openExposure } from './exposure.ts';
import { FileEventHub } from './file-events.ts';
import { realPath } from './file-subscriber.ts';
import { openFiles } from './files.ts';
import { openFilter } from './filter-rules.ts';
import { openKernel } from './kernel.ts';
import type { KernelEventsOptions } from './kernel-events.ts';
import { isPosixLocked } from './lock.ts';
import { firstNamespace, namespaceOf } from './namespaces.ts';
import { openNetwork } from './network.ts';
import { openOutside } from './outside.ts';
import { openPackages } from './packages.ts';
import { openProcesses } from './processes.ts';
import { openScanDoors, type ScanDoorSettings } from './scan-doors.ts';
import { openUsers } from './users.ts';
import { Writers } from './writers.ts';

export interface LiveHostSettings {
  /** `auto`: all when we are in the namespace of pid 1, else our own. */
  readonly namespaces: 'all' | 'own' | 'auto';
  /**
   * Stands for the state directory, hexadecimal: names our tracing instances, so that two daemons do not stop each
   * other and what a killed one left is found. Given only while the lock of that directory is held: without it kernel
   * events are refused.
   */
  readonly tag?: string;
  /** Where our own files lie, so that they are watched. */
  readonly home?: Home;
  readonly checks?: readonly OutsideCheck[];
  /** Left out: scans are not watched for. */
  readonly scans?: ScanDoorSettings;
  /** How files are checked; left out: only their content is there to be read. */
  readonly integrity?: Omit<IntegrityDoor, 'deep' | 'index'> & {
    readonly openIndex: () => FileIndex;
    /** Our own databases lie there: see openDeepFiles. */
    readonly stateDir: string;
  };
}

/** Opens this machine. Nothing is armed or read before it is asked for. */
export function openLiveHost(settings: LiveHostSettings): Host & Disposable {
  const files = openFiles();
  const clock = openClock();
  const scope = scopeOf(settings.namespaces);
  const userName = openUsers(files, clock);
  const source = { files, clock, userName };
  const processes = openProcesses(source);
  const packages = openPackages(files, clock, isPosixLocked);
  const isDpkg = openDpkgProof(packages);
  const writers = new Writers({ clock, processes, packages, isDpkg });
  const fileEvents = new FileEventHub({ files, clock, processes, writers });
  const { tag, home, checks = [] } = settings;
  const kernel = openKernel(files, clock);
  const stop = new AbortController();
  const network = openNetwork({
    files,
    clock,
    scope,
    exposureOver: (within) => openExposure({ files, clock, within }),
  });
  const kernelEvents = shareKernelEvents(
    (signal) => armKernelEvents({ source, processes, scope, signal }, tag),
    stop.signal,
  );
  const integrity = settings.integrity && openIntegrity(files, settings.integrity);
  const scans = openScanDoors(settings.scans, { clock, files, network, scope, tag }, stop.signal);
  return {
    name: hostname(),
    clock,
    files,
    network,
    processes,
    packages,
    isDpkg,
    userName,
    datagram: sendUnixDatagram,
    scope,
    kernelEvents,
    fileEvents: (wish, signal) => fileEvents.subscribe(wish, AbortSignal.any([signal, stop.signal])),
    writerOf: (path) => writers.writerOf(path) ?? writers.writerOf(realPath(path)),
    senses: async () => {
      const { probeSenses } = await import('./senses.ts');
      return await probeSenses({ files, network, scope, hearing: scans.hearing() });
    },
    own: new Set([process.pid]),
    traps: new Set(),
    kernel,
    exec: openExec(),
    filter: openFilter(files),
    ...(home && { home }),
    outside: openOutside(checks, { files, clock }),
    ...scans.doors,
    ...(integrity && { integrity }),
    [Symbol.dispose]: () => {
      stop.abort();
      integrity?.[Symbol.dispose]();
      kernel[Symbol.dispose]();
    },
  };
}

/** Loaded by those who hear, as all that only a watch needs: commands that look once start sooner. */
async function armKernelEvents(
  parts: Omit<KernelEventsOptions, 'tag'>,
  tag: string | undefined,
): Promise<KernelEvents> {
  if (tag === undefined)
    throw new Error('Cannot arm kernel events: this process does not hold the lock of a state directory');
  const { openKernelEvents } = await import('./kernel-events.ts');
  return await openKernelEvents({ ...parts, tag });
}

/** The index is opened when somebody asks for it: most commands never do. */
function openIntegrity(
  files: Files,
  { openIndex, stateDir, ...door }: NonNullable<LiveHostSettings['integrity']>,
): IntegrityDoor & Disposable {
  let index: FileIndex | undefined;
  return {
    ...door,
    deep: openDeepFiles(files, realPath(stateDir)),
    get index() {
      index ??= openIndex();
      return index;
    },
    [Symbol.dispose]: () => index?.[Symbol.dispose](),
  };
}

/** In a namespace of our own (a container, a test) other people's sockets are none of our business. */
function scopeOf(wanted: LiveHostSettings['namespaces']): 'all' | 'own' {
  if (wanted !== 'auto') return wanted;
  const first = firstNamespace();
  return first !== 0 && first === namespaceOf('/proc/self/ns/net') ? 'all' : 'own';
}
