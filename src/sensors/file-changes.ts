/** Hears of changes to files the moment they happen: see docs/sensors/file-changes.md. */

import type { FileEvent, FileEvents, Host } from '#model/host.ts';
import type { Listener, SensorEvent } from '#model/sensor.ts';
import { walkOf } from './file-walk.ts';
import { type FilesMemory, filesMemoryOf } from './files-memory.ts';

const TABLE = 'files';
const WRITES: ReadonlySet<FileEvent['kind']> = new Set(['written', 'moved-to']);

/** Hears of changes to files, reads small ones at once, and asks for the look when others have had their word. */
const fileChanges: Listener = {
  name: 'file-changes',
  doc: 'Changes of watched files, and odd files wherever they appear.',
  table: TABLE,
  async listen(host, signal) {
    const memory = filesMemoryOf(host);
    const events = await host.fileEvents({ paths: () => memory?.places.heard ?? [] }, signal);
    return {
      events: memory === undefined ? silent(events) : heard(host, memory, events),
      lost: () => events.lost(),
      by: events.by,
      gaps: events.gaps,
      [Symbol.asyncDispose]: () => events[Symbol.asyncDispose](),
    };
  },
};

export default fileChanges;

async function* silent(events: FileEvents): AsyncGenerator<readonly SensorEvent[]> {
  for await (const batch of events.batches) if (batch.length === 0) yield [];
}

async function* heard(host: Host, memory: FilesMemory, events: FileEvents): AsyncGenerator<readonly SensorEvent[]> {
  const walk = walkOf(host);
  const batches = events.batches[Symbol.asyncIterator]();
  let next = batches.next();
  let wokenMs = Number.NEGATIVE_INFINITY;
  const stale = (): SensorEvent => ({ timeMs: host.clock.nowMs(), kind: 'stale', table: TABLE });
  for (;;) {
    const due = dueAt(host, memory.nextDueMs(wokenMs));
    const got = await Promise.race([next, due.reached, memory.stirred]).finally(() => due.cancel());
    if (got === 'stirred') continue;
    if (got === undefined) {
      wokenMs = host.clock.monotonicMs();
      yield [stale()];
      continue;
    }
    if (got.done === true) return;
    next = batches.next();
    if (got.value.length === 0) memory.lookAtAll();
    for (const event of got.value) walk?.heard(event);
    yield await taken(memory, got.value);
  }
}

/** A promise of `undefined` at that time on the monotonic clock. */
function dueAt(host: Host, dueMs: number): { readonly reached: Promise<undefined>; cancel(): void } {
  const stop = new AbortController();
  const waitMs = Math.max(0, dueMs - host.clock.monotonicMs());
  const reached =
    dueMs === Number.POSITIVE_INFINITY
      ? new Promise<undefined>(() => undefined)
      : host.clock.sleep(waitMs, stop.signal).then(() => undefined);
  return { reached, cancel: () => stop.abort('over') };
}

const UNNAMEABLE = /[\uf780-\uf7ff\ufffd]/;

/** A name that is no UTF-8 cannot be asked for as events tell it: its folder is looked at, and lists it by its bytes. */
function nameable(path: string): string {
  let known = path;
  while (UNNAMEABLE.test(known)) known = known.slice(0, known.lastIndexOf('/'));
  return known === '' ? '/' : known;
}

/** Rows for what was not there before. */
async function taken(memory: FilesMemory, batch: readonly FileEvent[]): Promise<readonly SensorEvent[]> {
  const paths = new Map<string, { timeMs: number; writes: number }>();
  for (const { path: told, kind, timeMs } of batch) {
    if (!memory.places.hears(told, kind)) continue;
    const path = nameable(told);
    paths.set(path, { timeMs, writes: (paths.get(path)?.writes ?? 0) + Number(WRITES.has(kind)) });
  }
  const events: SensorEvent[] = [];
  for (const [path, how] of paths) {
    await memory.rest();
    const row = await memory.hear(path, how.writes);
    if (row !== undefined) events.push({ timeMs: how.timeMs, kind: 'appeared', table: TABLE, row });
  }
  return events;
}
