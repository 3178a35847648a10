/** Hears who writes to the kernel's settings, and to the files that set them at boot: see docs/sensors/kernel-setting-files.md. */

import type { FileEvent, FileEvents, Host } from '#model/host.ts';
import type { Listener, Listening, SensorEvent } from '#model/sensor.ts';
import { bootOptionPlaces } from './boot-option-files.ts';
import { guardFiles } from './kernel-modes.ts';
import { livePaths } from './kernel-setting-list.ts';
import { momentsOf } from './kernel-setting-moments.ts';
import { CLOCK_SOURCE, TAINT_FILE, valueAt } from './kernel-setting-value.ts';
import { sysctlPlaces } from './sysctl-files.ts';

const TABLE = 'kernel-settings';
/** Values that stood for a moment are shown one a look; the engine takes no two looks within 100 ms. */
const NEXT_LOOK_MS = 150;
const names = new Map(livePaths.map(({ name, path }) => [path, name]));
const places: readonly string[] = [
  ...sysctlPlaces,
  ...names.keys(),
  ...guardFiles,
  ...bootOptionPlaces,
  TAINT_FILE,
  CLOCK_SOURCE,
];

const kernelSettingFiles: Listener = {
  name: 'kernel-setting-files',
  doc: 'Writes to settings of the kernel in /proc/sys and /sys, and changes of the files of sysctl.d and of boot loaders.',
  table: TABLE,
  async listen(host, signal): Promise<Listening> {
    const files = await host.fileEvents({ paths: () => places }, signal);
    return {
      events: staleness(host, files, signal),
      lost: () => files.lost(),
      by: files.by,
      gaps: files.gaps,
      [Symbol.asyncDispose]: () => files[Symbol.asyncDispose](),
    };
  },
};
export default kernelSettingFiles;

async function* staleness(host: Host, files: FileEvents, signal: AbortSignal): AsyncGenerator<readonly SensorEvent[]> {
  const moments = momentsOf(host);
  const stale = (timeMs: number): SensorEvent[] => [{ timeMs, kind: 'stale', table: TABLE }];
  for await (const batch of files.batches) {
    noteValues(host, batch);
    yield batch.length === 0 ? [] : stale(batch[0]?.timeMs ?? 0);
    while (moments.waits && !signal.aborted) {
      await host.clock.sleep(NEXT_LOOK_MS, signal);
      yield stale(host.clock.nowMs());
    }
  }
}

/** Read at once: by the next look it may be as it was. */
function noteValues(host: Host, batch: readonly FileEvent[]): void {
  for (const path of new Set(batch.map((event) => event.path))) {
    const name = names.get(path);
    const value = name === undefined ? undefined : valueAt(host, path, []);
    if (name !== undefined && value !== undefined) momentsOf(host).heard(name, value);
  }
}
