/** Hears of processes that make or enter namespaces: see docs/sensors/namespace-events.md. */

import { BoundedMap } from '#lib/bounded-map.ts';
import { tokenBucket } from '#lib/token-bucket.ts';
import { type Host, isFailure, type KernelEvent } from '#model/host.ts';
import type { Listener, SensorEvent } from '#model/sensor.ts';
import { type Apart, type Group, groupOf, homeOf, namespaceRow } from './namespace-groups.ts';
import { namespaceMemoryOf } from './namespace-memory.ts';
import { type NamespaceRow, namespaces } from './namespace-table.ts';
import { goneRunning, isWatched, mayBeWatched, type Running, readRunning } from './process-scan.ts';

/** unshare(1) starts another program at once, an engine enters one namespace after the other: then it is asked. */
const SETTLES_MS = 450;
/** Processes asked about: as many a second, and at once. The others are left to the next look. */
const ASKED_A_SECOND = 4;
const ASKED_AT_ONCE = 100;
/** Processes that wait to be asked; the oldest goes. */
const MAX_WAITING = 500;
const PARENTS = 8;
/** Children of a process that are asked where they are. */
const MAX_CHILDREN = 8;
const CHILDREN_BYTES = 4096;

const namespaceEvents: Listener = {
  name: 'namespace-events',
  doc: 'Calls of clone(), unshare() and setns() that put a process apart from the others.',
  table: namespaces.name,
  async listen(host, signal) {
    const kernel = await host.kernelEvents(signal, ['apart']);
    const heard = kernel.by.startsWith('tracefs');
    return {
      events: settled(host, kernel.batches, signal),
      lost: () => kernel.lost(),
      by: heard ? kernel.by : 'polling',
      gaps: heard
        ? []
        : [{ what: 'namespaces as they are made', why: `${kernel.by} does not tell`, reduced: true as const }],
      [Symbol.asyncDispose]: () => kernel[Symbol.asyncDispose](),
    };
  },
};
export default namespaceEvents;

async function* settled(
  host: Host,
  batches: AsyncIterable<readonly KernelEvent[]>,
  signal: AbortSignal,
): AsyncGenerator<readonly SensorEvent[]> {
  const waiting = new BoundedMap<number, KernelEvent>(MAX_WAITING);
  const budget = tokenBucket(ASKED_AT_ONCE, ASKED_A_SECOND);
  for await (const batch of batches) {
    if (batch.length === 0) yield [];
    for (const event of batch) {
      if (host.kernel === undefined || !mayBeWatched(host, event.before)) continue;
      // What it was when it did it: it may be gone in a moment.
      if (budget.take(host.clock.monotonicMs())) waiting.set(event.pid, withProcess(waiting.get(event.pid), event));
    }
    if (waiting.size === 0) continue;
    await host.clock.sleep(SETTLES_MS, signal);
    const events = [...waiting.entries()].flatMap(([, event]) => namespaceEvent(host, event));
    for (const [pid] of waiting.entries()) waiting.delete(pid);
    if (events.length > 0) yield events;
  }
}

/** The same event with the process as it is now, and all that it made since the first. */
function withProcess(first: KernelEvent | undefined, event: KernelEvent): KernelEvent {
  const madeApart = [...new Set([...(first?.madeApart ?? []), ...(event.madeApart ?? [])])];
  return { ...event, process: event.process ?? first?.process, namespace: event.namespace, madeApart };
}

/** At most one event: nothing is news of who lives with the host, or went where others are already. */
function namespaceEvent(host: Host, event: KernelEvent): readonly SensorEvent[] {
  const row = rowOf(host, event);
  return row === undefined ? [] : [{ timeMs: event.timeMs, kind: 'appeared', table: namespaces.name, row }];
}

function rowOf(host: Host, event: KernelEvent): NamespaceRow | undefined {
  const memory = namespaceMemoryOf(host);
  const facts = host.processes.get(event.pid);
  const running = facts && readRunning(host, facts);
  if (running === undefined) return goneRow(host, event);
  if (!isWatched(host, running)) return undefined;
  const home = homeOf(host);
  const group = home && (groupOf(host, running, home) ?? groupOfChild(host, running, home));
  if (group === undefined || memory.knows(group)) return undefined;
  return memory.named(
    namespaceRow(host, group, ({ pid }) => host.processes.parents(pid, PARENTS)),
    group,
  );
}

/** A new pid namespace begins with the next child: who asked for it stays outside (unshare(2)). */
function groupOfChild(host: Host, { pid }: Running, home: Apart): Group | undefined {
  const listed = host.files.read(`/proc/${pid}/task/${pid}/children`, CHILDREN_BYTES);
  if (isFailure(listed)) return undefined;
  for (const child of listed.toString('latin1').split(' ').slice(0, MAX_CHILDREN)) {
    const facts = host.processes.get(Number(child));
    const running = facts && readRunning(host, facts);
    if (running === undefined || !isWatched(host, running)) continue;
    const group = groupOf(host, running, home);
    if (group !== undefined) return group;
  }
  return undefined;
}

/**
 * Of those that are gone only who made a user namespace, and programs of no package: what root does for a moment with
 * mounts of its own gives it nothing.
 */
function goneRow(host: Host, { process, madeApart = [] }: KernelEvent): NamespaceRow | undefined {
  if (process === undefined || process.exe === '' || madeApart.length === 0 || !isWatched(host, process))
    return undefined;
  const gone = goneRunning(process);
  const group = { id: '', kinds: madeApart.join(' '), members: [gone] };
  const row = namespaceRow(host, group, ({ pid }) => host.processes.parents(pid, PARENTS));
  if (!madeApart.includes('user') && row.packageState !== 'unpackaged') return undefined;
  const memory = namespaceMemoryOf(host);
  if (memory.isShown(row)) return undefined;
  if (!host.own.has(row.pid)) memory.show(row, host.clock.monotonicMs());
  return row;
}
