/** The declaration of the table `kernel-hooks`. */

import { defineTable } from '#model/table.ts';

/** One row something that hangs on the kernel's functions. */
export const kernelHooks = defineTable({
  name: 'kernel-hooks',
  doc: 'Probes, traced functions, live patches and tracing instances of others.',
  slot: ['kind', 'target'],
  columns: {
    kind: ['text', 'probe, user probe, kprobe, traced function, live patch, tracer or instance', 'identity'],
    target: ['text', 'Function, tracepoint, file and offset, patch or name', 'identity'],
    name: ['text', 'Name of the event, or ""', 'identity'],
    words: ['text', 'Arguments and letters, as the kernel prints them; cut at 200 characters'],
    count: ['int', 'How many of the same there are'],
  },
});

/** A row of `kernel-hooks`. */
export type KernelHookRow = NonNullable<(typeof kernelHooks)['row']>;
