/** Hears of programs that crash, or that the kernel ends because memory is out: see docs/sensors/resource-events.md. */

import { belongingOf } from '#formats/cgroup.ts';
import { scriptOf } from '#formats/script-of.ts';
import { stableExePath } from '#formats/stable-names.ts';
import { tokenBucket } from '#lib/token-bucket.ts';
import type { Host, KernelEvent, ProcessFacts } from '#model/host.ts';
import type { Listener, SensorEvent } from '#model/sensor.ts';
import { isWatched } from './process-scan.ts';
import type { Seen } from './program-row.ts';
import { resolvePath } from './resolve-path.ts';
import { resourceMemoryOf } from './resource-memory.ts';
import { programTrouble } from './resource-row.ts';
import { type ResourceRow, resourceTroubles } from './resource-table.ts';

const PARENTS = 8;
/** A program that crashes in a loop need not be told of each time. */
const A_SECOND = 10;
const AT_ONCE = 50;

const SIGNALS: Readonly<Record<number, string>> = {
  4: 'SIGILL',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  11: 'SIGSEGV',
  31: 'SIGSYS',
};

const resourceEvents: Listener = {
  name: 'resource-events',
  doc: 'Kernel events of crashes and of processes that were ended because memory is out.',
  table: resourceTroubles.name,
  async listen(host, signal) {
    const kernel = await host.kernelEvents(signal, ['crash', 'out-of-memory']);
    return {
      events: translated(kernel.batches, resourceTranslator(host)),
      lost: () => kernel.lost(),
      by: kernel.by,
      gaps: kernel.gaps.filter(({ what }) => /^trace event (?:oom|signal)\//.test(what)),
      [Symbol.asyncDispose]: () => kernel[Symbol.asyncDispose](),
    };
  },
};
export default resourceEvents;

async function* translated(
  batches: AsyncIterable<readonly KernelEvent[]>,
  translate: (event: KernelEvent) => SensorEvent<ResourceRow> | undefined,
): AsyncGenerator<readonly SensorEvent[]> {
  for await (const batch of batches) {
    const events = batch.map(translate).filter((event) => event !== undefined);
    if (events.length > 0 || batch.length === 0) yield events;
  }
}

/** Event of the kernel → a row; told anew each time, so that a standing row is looked at again. */
export function resourceTranslator(host: Host): (event: KernelEvent) => SensorEvent<ResourceRow> | undefined {
  const budget = tokenBucket(AT_ONCE, A_SECOND);
  return (event) => {
    const { process } = event;
    if (process === undefined || process.exe === '' || !isWatched(host, process)) return undefined;
    if (!budget.take(host.clock.monotonicMs())) return undefined;
    const crash = event.kind === 'crash';
    const trouble = {
      kind: crash ? 'crash' : 'out of memory',
      what: crash ? (SIGNALS[event.signal ?? 0] ?? `signal ${event.signal ?? 0}`) : 'memory',
      detail: crash ? 'it ended by a fault of its own' : 'the kernel ended it to get memory back',
      grave: !crash,
    };
    const row = programTrouble(host, seenOf(host, process), host.processes.parents(event.pid, PARENTS), trouble);
    return {
      timeMs: event.timeMs,
      kind: 'appeared',
      table: resourceTroubles.name,
      // A rehearsal may be repeated at once.
      row: host.own.has(row.pid) ? row : resourceMemoryOf(host).note(row),
    };
  };
}

function seenOf(host: Host, process: ProcessFacts): Seen {
  const { unit, unitNow, session, container } = belongingOf(process.cgroup);
  // Gone by now it is known by the name it was started by, which may be a link: python3 is python3.11.
  const exe = process.asStarted ? resolvePath(host.files, process.exe) : process.exe;
  const script = stableExePath(scriptOf(exe, process.cmdline));
  return { ...process, exe, unit, unitNow, session, container, script };
}
