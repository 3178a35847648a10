/** Hears of flags that are set as by chattr(1): see docs/sensors/file-flags.md. */

import { type Host, isFailure, type KernelEvent } from '#model/host.ts';
import type { Listener, Listening, SensorEvent } from '#model/sensor.ts';
import { type FilesMemory, filesMemoryOf } from './files-memory.ts';

const TABLE = 'files';
/** Looks at everything are this far apart. */
const APART_MS = 1000;
/** What was not due for a look yet is by now. */
const AGAIN_MS = APART_MS + 100;

const fileFlags: Listener = {
  name: 'file-flags',
  doc: 'Calls of ioctl() that set the flags of a file (immutable, append only): a look at the watched files follows.',
  table: TABLE,
  async listen(host, signal): Promise<Listening> {
    const kernel = await host.kernelEvents(signal, ['file-flags']);
    const memory = filesMemoryOf(host);
    const heard = kernel.by.startsWith('tracefs');
    return {
      events: memory === undefined ? nothing(kernel.batches) : staleness({ host, memory, signal }, kernel.batches),
      lost: () => kernel.lost(),
      by: heard ? kernel.by : 'polling',
      gaps: heard ? [] : [{ what: 'flags of files as they are set', why: `${kernel.by} does not tell`, reduced: true }],
      [Symbol.asyncDispose]: () => kernel[Symbol.asyncDispose](),
    };
  },
};
export default fileFlags;

interface Ears {
  readonly host: Host;
  readonly memory: FilesMemory;
  readonly signal: AbortSignal;
}

async function* nothing(batches: AsyncIterable<readonly KernelEvent[]>): AsyncGenerator<readonly SensorEvent[]> {
  for await (const batch of batches) if (batch.length === 0) yield [];
}

async function* staleness(
  { host, memory, signal }: Ears,
  batches: AsyncIterable<readonly KernelEvent[]>,
): AsyncGenerator<readonly SensorEvent[]> {
  const stale = (timeMs: number): SensorEvent => ({ timeMs, kind: 'stale', table: TABLE });
  for await (const batch of batches) {
    const events = batch.filter(({ kind }) => kind === 'file-flags');
    const [first] = events;
    if (first === undefined) {
      yield [];
      continue;
    }
    const paths = events.map((event) => pathOf(host, event));
    for (const path of paths) if (path !== undefined) await memory.hear(path, 0);
    // chattr(1) is gone before anybody can ask for the path behind its descriptor.
    const isAnyUnknown = paths.includes(undefined);
    if (isAnyUnknown) memory.lookAtAll(APART_MS);
    yield [stale(first.timeMs)];
    if (!isAnyUnknown) continue;
    await host.clock.sleep(AGAIN_MS, signal);
    yield [stale(first.timeMs + AGAIN_MS)];
  }
}

/** Undefined when the process is gone, or has closed it. */
function pathOf(host: Host, { pid, target }: KernelEvent): string | undefined {
  const path = host.files.readlink(`/proc/${pid}/fd/${target}`);
  return isFailure(path) || !path.startsWith('/') ? undefined : path;
}
