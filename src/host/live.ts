/** The live host: all doors to this machine, put together. */

import { hostname } from 'node:os';
import type { Files, Home, Host, KernelEvent, KernelEvents } from '#model/host.ts';
import type { FileIndex, IntegrityDoor } from '#model/integrity.ts';
import type { OutsideCheck } from '#model/outside.ts';
import { sendUnixDatagram } from './datagram.ts';
import { openDeepFiles } from './deep-files.ts';
import { openDpkgProof } from './dpkg-proof.ts';
import { shareKernelEvents } from './event-hub.ts';
import { openExec } from './exec.ts';
import { FileEventHub } from './file-events.ts';
import { realPath } from './file-subscriber.ts';
import { openFilter } from './filter-rules.ts';
import { openKept } from './kept.ts';
import { openKernel } from './kernel.ts';
import type { KernelEventsOptions } from './kernel-events.ts';
import { openOutside } from './outside.ts';
import { openScanDoors, type ScanDoorSettings } from './scan-doors.ts';
import { openSocketHost } from './socket-host.ts';
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
  const near = openSocketHost(settings.namespaces);
  const { files, clock, scope, userName, processes, packages, network } = near;
  const source = { files, clock, userName };
  const isDpkg = openDpkgProof(packages);
  const writers = new Writers({ clock, files, processes, packages, isDpkg });
  const fileEvents = new FileEventHub({ files, clock, processes, writers });
  const { tag, home, checks = [] } = settings;
  const kernel = openKernel(files, clock);
  const stop = new AbortController();
  const kernelEvents = shareKernelEvents(
    async (signal) =>
      withNotes(await armKernelEvents({ source, processes, scope, signal }, tag), (event) => {
        if (event.kind === 'file-flags') writers.noteFlags(event);
      }),
    stop.signal,
  );
  const integrity = settings.integrity && openIntegrity(files, settings.integrity);
  const scans = openScanDoors(settings.scans, { clock, files, network, scope, tag }, stop.signal);
  return {
    name: hostname(),
    ...near,
    isDpkg,
    datagram: sendUnixDatagram,
    kernelEvents,
    fileEvents: (wish, signal) => fileEvents.subscribe(wish, AbortSignal.any([signal, stop.signal])),
    writerOf: (path) => writers.writerOf(path) ?? writers.writerOf(realPath(path)),
    touchedMs: (path) => writers.touchedMs(path),
    senses: async () => {
      const { probeSenses } = await import('./senses.ts');
      return await probeSenses({ files, network, scope, hearing: scans.hearing() });
    },
    traps: new Set(),
    appended: new Map(),
    kernel,
    exec: openExec(),
    filter: openFilter(files),
    ...(home && { home }),
    ...(home && tag !== undefined && { kept: openKept(home.stateDir) }),
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

/** The same events, each noted before anybody hears of it. */
function withNotes(kernel: KernelEvents, note: (event: KernelEvent) => void): KernelEvents {
  async function* noted(): AsyncGenerator<readonly KernelEvent[]> {
    for await (const batch of kernel.batches) {
      for (const event of batch) note(event);
      yield batch;
    }
  }
  return { ...kernel, batches: noted() };
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
