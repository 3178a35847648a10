/** Listener of a table that is read from files: when one of them is touched, the next look is due at once. */

import type { FileEvent, FileEvents, FileWish, Host } from '#model/host.ts';
import type { Listener, Listening, SensorEvent } from '#model/sensor.ts';

/** Where a table comes from. */
export interface FilesOf {
  /** Name of the listener, as "account-files". */
  readonly name: string;
  readonly doc: string;
  readonly table: string;
  /** Files and folders to hear of, absolute; asked again every minute, and after each event of theirs. */
  paths(host: Host): readonly string[];
  readonly kinds?: FileWish['kinds'];
  /** Files of another table, which tells of them first: where nothing else is touched, the word waits for it. */
  readonly others?: readonly string[];
}

/** A table mostly speaks within 100 ms. */
const OTHERS_FIRST_MS = 300;

/** Declares a listener that asks for a look when any of the files is touched. */
export function hearFiles(of: FilesOf): Listener {
  return {
    name: of.name,
    doc: of.doc,
    table: of.table,
    async listen(host, signal): Promise<Listening> {
      const wish = { paths: () => of.paths(host), follows: true as const, ...(of.kinds && { kinds: of.kinds }) };
      const files = await host.fileEvents(wish, signal);
      return {
        events: staleness(files, of, async () => await host.clock.sleep(OTHERS_FIRST_MS, signal)),
        lost: () => files.lost(),
        by: files.by,
        gaps: files.gaps,
        [Symbol.asyncDispose]: () => files[Symbol.asyncDispose](),
      };
    },
  };
}

/** One word a batch: which file it was is for the look to find out. */
async function* staleness(
  files: FileEvents,
  { table, others = [] }: FilesOf,
  wait: () => Promise<void>,
): AsyncGenerator<readonly SensorEvent[]> {
  for await (const batch of files.batches) {
    if (batch.length > 0 && batch.every(({ path }) => others.includes(path))) await wait();
    yield batch.length === 0 ? [] : [stale(batch, table)];
  }
}

function stale(batch: readonly FileEvent[], table: string): SensorEvent {
  return { timeMs: batch[0]?.timeMs ?? 0, kind: 'stale', table };
}
