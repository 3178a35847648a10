/**
 * One arming of kernel events for all who want to hear of them: the kernel's side is opened when the first subscriber
 * comes and closed when the last one leaves. See docs/decisions/0140-one-arming.md.
 */

import type { KernelEvent, KernelEvents } from '#model/host.ts';
import { type EventQueue, makeEventQueue } from './event-queue.ts';

type Kinds = readonly KernelEvent['kind'][];

/** What a subscriber hears when it does not say what it wants. */
export const commonKinds: Kinds = ['listen', 'unlisten', 'bind', 'exec', 'exit'];

/** Events that wait for one subscriber; more are dropped and counted as lost, for it alone. */
const MAX_WAITING = 65_536;

interface Source {
  readonly kernel: KernelEvents;
  readonly queues: Set<EventQueue<KernelEvent>>;
  /** Ends the arming; its events are read to their end. */
  close(): Promise<void>;
}

/**
 * Makes the door that all subscribers come through. `open` arms the source until its signal aborts; it may throw, and is
 * asked again by the next subscriber then. `stop` ends all.
 */
export function shareKernelEvents(
  open: (signal: AbortSignal) => Promise<KernelEvents>,
  stop: AbortSignal,
): (signal: AbortSignal, kinds?: Kinds) => Promise<KernelEvents> {
  let opening: Promise<Source> | undefined;
  let subscribers = 0;
  // Two armings at once would take each other's tracing down.
  let closing: Promise<void> = Promise.resolve();
  const leave = (): Promise<void> => {
    subscribers -= 1;
    if (subscribers > 0 || opening === undefined) return closing;
    const last = opening;
    opening = undefined;
    closing = last.then((source) => source.close());
    return closing;
  };
  return async (signal, kinds = commonKinds) => {
    signal.throwIfAborted();
    subscribers += 1;
    opening ??= closing.then(() => openSource(open, stop));
    const own = opening;
    try {
      const source = await own;
      return subscribe(source, { kinds, signal }, leave);
    } catch (error) {
      subscribers -= 1;
      // Another one may have come to the next opening meanwhile.
      if (opening === own) opening = undefined;
      throw error;
    }
  };
}

async function openSource(open: (signal: AbortSignal) => Promise<KernelEvents>, stop: AbortSignal): Promise<Source> {
  const end = new AbortController();
  const onStop = (): void => end.abort(stop.reason);
  stop.addEventListener('abort', onStop, { once: true });
  if (stop.aborted) onStop();
  const kernel = await open(end.signal);
  const queues = new Set<EventQueue<KernelEvent>>();
  const pump = async (): Promise<void> => {
    for await (const batch of kernel.batches) {
      for (const queue of queues) {
        if (batch.length === 0) queue.wake();
        else queue.push(batch);
      }
    }
    for (const queue of queues) queue.end();
  };
  const pumped = pump();
  return {
    kernel,
    queues,
    async close() {
      stop.removeEventListener('abort', onStop);
      await kernel[Symbol.asyncDispose]();
      end.abort();
      await pumped;
    },
  };
}

function subscribe(
  { kernel, queues }: Source,
  { kinds, signal }: { readonly kinds: Kinds; readonly signal: AbortSignal },
  leave: () => Promise<void>,
): KernelEvents {
  const queue = onlyKinds(makeEventQueue<KernelEvent>(MAX_WAITING), kinds);
  // What was lost before it came is not its loss.
  const lostBefore = kernel.lost();
  queues.add(queue);
  let left: Promise<void> | undefined;
  const close = (): Promise<void> => {
    signal.removeEventListener('abort', onAbort);
    queues.delete(queue);
    queue.end();
    left ??= leave();
    return left;
  };
  const onAbort = (): void => void close();
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  return {
    batches: queue.batches,
    lost: () => kernel.lost() - lostBefore + queue.dropped(),
    by: kernel.by,
    gaps: kernel.gaps,
    ...(kernel.tellsListen !== undefined && { tellsListen: kernel.tellsListen }),
    tellsShortLivedUdp: kernel.tellsShortLivedUdp,
    [Symbol.asyncDispose]: close,
  };
}

/** A queue that takes events of some kinds only; a batch with none of them is not told. */
export function onlyKinds(queue: EventQueue<KernelEvent>, kinds: Kinds): EventQueue<KernelEvent> {
  const wanted = new Set(kinds);
  return {
    ...queue,
    push(events) {
      const own = events.filter(({ kind }) => wanted.has(kind));
      if (own.length > 0) queue.push(own);
    },
  };
}
