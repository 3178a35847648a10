/** The third side from which modules are seen: the symbols that the kernel knows of them. */

import type { Gap } from '#model/gap.ts';
import { type Host, isFailure } from '#model/host.ts';

/** The table is read again when the modules have changed, and this often anyway: it costs some 40 ms. */
const EVERY_MS = 10 * 60_000;

interface Kept {
  readonly modules: string;
  readonly atMs: number;
  readonly names: ReadonlySet<string>;
}
const kept = new WeakMap<object, Kept>();
const none: ReadonlySet<string> = new Set();

/**
 * Names of modules that have symbols; none where the kernel tells no symbols. `modules` stands for those that are listed
 * now: what was read when others were loaded says nothing of today.
 */
export async function moduleSymbols(
  host: Pick<Host, 'kernel' | 'clock'>,
  modules: readonly string[],
  gaps: Gap[],
): Promise<ReadonlySet<string>> {
  const { kernel, clock } = host;
  if (kernel?.symbolModules === undefined) return none;
  const key = modules.join(' ');
  const atMs = clock.monotonicMs();
  const known = kept.get(kernel);
  if (known?.modules === key && atMs - known.atMs < EVERY_MS) return known.names;
  const read = await kernel.symbolModules();
  if (isFailure(read)) {
    // A kernel without symbols (CONFIG_KALLSYMS) has no such file.
    if (read.error !== 'ENOENT') gaps.push({ what: read.path, why: read.error, reduced: true });
    return none;
  }
  kept.set(kernel, { modules: key, atMs, names: read });
  return read;
}

/** What was read is not believed any more: it said something odd. */
export function forgetSymbols({ kernel }: Pick<Host, 'kernel'>): void {
  if (kernel !== undefined) kept.delete(kernel);
}
