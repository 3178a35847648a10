/** The doors to the kernel that are no files, put together: model/kernel.ts. */

import type { Clock, Files } from '#model/host.ts';
import type { Kernel } from '#model/kernel.ts';
import { openBpfReader } from './bpf-objects.ts';
import { spaceAt } from './free-space.ts';
import { kernelClock } from './kernel-clock.ts';
import { listedProcesses, processesAmong } from './probe-pids.ts';
import { openPseudoFiles } from './pseudo-files.ts';
import { openStirrings } from './stirrings.ts';
import { symbolModules } from './symbol-modules.ts';

/** Nothing is opened before it is asked for. */
export function openKernel(files: Files, clock: Clock): Kernel & Disposable {
  const pseudo = openPseudoFiles(files);
  const bpf = openBpfReader(clock);
  return {
    bpfPrograms: () => bpf.read(),
    pseudo: (name) => pseudo.open(name),
    clock: kernelClock,
    symbolModules,
    space: spaceAt,
    processesAmong,
    listedProcesses,
    stirrings: openStirrings,
    [Symbol.dispose]: () => pseudo[Symbol.dispose](),
  };
}
