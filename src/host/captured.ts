/**
 * A host that was recorded, or made up: a folder of files as they were on it, and a timeline of what happened. See
 * docs/formats/captured-host.md.
 */

import { parseTimeline, type TimelineEntry } from '#formats/captured-timeline.ts';
import { type Files, type Host, isFailure, type KernelEvent, type KernelEvents, type Sense } from '#model/host.ts';
import { capturedNetwork } from './captured-network.ts';
import { type CapturedState, capturedFiles, capturedProcesses } from './captured-state.ts';
import { commonKinds, onlyKinds } from './event-hub.ts';
import { type EventQueue, makeEventQueue } from './event-queue.ts';
import { openFiles } from './files.ts';
import { noFileEvents } from './no-file-events.ts';
import { openPackages } from './packages.ts';
import { openProcesses } from './processes.ts';
import { openUsers } from './users.ts';
import { makeVirtualClock, type VirtualClock } from './virtual-clock.ts';

export interface CapturedHost extends Host {
  readonly clock: VirtualClock;
  /** Lines of the timeline that could not be read. */
  readonly rejects: readonly string[];
  /** When the last entry of the timeline happens; the start when there is none. */
  readonly endMs: number;
  /**
   * Lets time pass until `untilMs` (default: `endMs`): jumps from one thing that happens or wakes to the next, giving
   * everybody `turns` turns of the loop in between.
   */
  run(options?: { readonly untilMs?: number; readonly turns?: number; readonly signal?: AbortSignal }): Promise<void>;
}

const TIMELINE = '/timeline.jsonl';
const MAX_TIMELINE_BYTES = 512 << 20;
const MAX_WAITING = 1 << 20;
/** Start of a folder without a timeline, so that the same folder gives the same answers: 2026-01-01. */
const DEFAULT_START_MS = 1_767_225_600_000;

/** Opens the folder at `root`; the clock stands at the first entry of the timeline. */
export function openCapturedHost(root: string): CapturedHost {
  const folder = openFiles(root);
  const { rows, rejects } = readTimeline(folder);
  const clock = makeVirtualClock(rows[0]?.atMs ?? DEFAULT_START_MS);
  const state: CapturedState = { sockets: undefined, processes: new Map(), namespaces: undefined, files: new Map() };
  const files = capturedFiles(folder, state);
  const userName = openUsers(files, clock);
  const processes = capturedProcesses(openProcesses({ files, clock, userName }), state, userName);
  const queues = new Set<EventQueue<KernelEvent>>();
  let at = 0;

  const happen = (entry: TimelineEntry): void => {
    if (entry.sockets !== undefined) state.sockets = entry.sockets;
    if (entry.namespaces !== undefined) state.namespaces = entry.namespaces;
    for (const facts of entry.processes ?? []) state.processes.set(facts.pid, facts);
    for (const [path, file] of Object.entries(entry.files ?? {})) state.files.set(path, { file, atMs: entry.atMs });
    const events: KernelEvent[] = [];
    for (const event of entry.events ?? []) {
      events.push({ ...event, timeMs: entry.atMs, process: processes.get(event.pid) });
    }
    if (events.length > 0) for (const queue of queues) queue.push(events);
  };
  const catchUp = (): void => {
    for (; (rows[at]?.atMs ?? Number.POSITIVE_INFINITY) <= clock.nowMs(); at++) happen(rows[at] as TimelineEntry);
  };
  catchUp();
  const endMs = rows.at(-1)?.atMs ?? clock.nowMs();

  return {
    name: hostName(files),
    clock,
    files,
    network: capturedNetwork(files, clock, state),
    processes,
    packages: openPackages(files, clock),
    userName,
    // What was recorded is not talked to.
    datagram: (path) => ({ error: 'ECONNREFUSED', path }),
    scope: 'all',
    own: new Set(),
    rejects,
    endMs,
    kernelEvents: (signal, kinds) => Promise.resolve(eventsOf(queues, signal, kinds)),
    fileEvents: (_wish, signal) => Promise.resolve(noFileEvents([], signal)),
    writerOf: () => undefined,
    senses: () => Promise.resolve(senses(state)),
    async run({ untilMs = endMs, turns = 8, signal } = {}) {
      await turnLoop(turns);
      const stopped = (): boolean => signal?.aborted === true;
      while (clock.nowMs() < untilMs && !stopped()) {
        clock.moveTo(Math.min(untilMs, clock.nextWakeMs(), rows[at]?.atMs ?? Number.POSITIVE_INFINITY));
        catchUp();
        await turnLoop(turns);
      }
    },
  };
}

function readTimeline(folder: Files): ReturnType<typeof parseTimeline> {
  const bytes = folder.read(TIMELINE, MAX_TIMELINE_BYTES);
  if (!isFailure(bytes)) return parseTimeline(bytes.toString('utf8'));
  if (bytes.error === 'ENOENT') return { rows: [], rejects: [] };
  throw new Error(`Cannot read timeline "${TIMELINE}" of the captured host: ${bytes.error}`);
}

function hostName(files: Files): string {
  const text = files.read('/etc/hostname', 256);
  return isFailure(text) ? 'captured' : text.toString('utf8').trim() || 'captured';
}

function eventsOf(
  queues: Set<EventQueue<KernelEvent>>,
  signal: AbortSignal,
  kinds: readonly KernelEvent['kind'][] = commonKinds,
): KernelEvents {
  const queue = onlyKinds(makeEventQueue<KernelEvent>(MAX_WAITING), kinds);
  queues.add(queue);
  const close = (): void => {
    queues.delete(queue);
    queue.end();
  };
  signal.addEventListener('abort', close, { once: true });
  if (signal.aborted) close();
  return {
    batches: queue.batches,
    lost: () => queue.dropped(),
    by: 'timeline',
    gaps: [],
    tellsListen: true,
    tellsShortLivedUdp: true,
    async [Symbol.asyncDispose]() {
      signal.removeEventListener('abort', close);
      close();
      await Promise.resolve();
    },
  };
}

function senses(state: CapturedState): readonly Sense[] {
  const by = state.sockets === undefined ? 'recorded files' : 'timeline';
  return [{ name: 'sockets', state: 'works', by, why: 'this host was recorded', next: '' }];
}

async function turnLoop(turns: number): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
}
