/** Hears of names that appear where the system's own files and droppers lie: see docs/sensors/new-names.md. */

import type { FileEvents } from '#model/host.ts';
import type { Listener, SensorEvent } from '#model/sensor.ts';
import { type FileViews, fileViewsOf } from './file-views.ts';

/** Not /boot and /home: names there may be compared in other ways (vfat), and too many come and go. */
const PLACES = ['/etc', '/usr', '/opt', '/root', '/var/spool/cron', '/dev/shm', '/tmp', '/var/tmp', '/run'];

const newNames: Listener = {
  name: 'new-names',
  doc: 'Names that appear in folders of the system: the next look asks whether their folder lists them.',
  table: 'disagreements',
  async listen(host, signal) {
    const events = await host.fileEvents({ paths: () => PLACES, kinds: ['created', 'moved-to'] }, signal);
    return {
      events: remembered(fileViewsOf(host), events),
      lost: () => events.lost(),
      by: events.by,
      gaps: events.gaps,
      [Symbol.asyncDispose]: () => events[Symbol.asyncDispose](),
    };
  },
};
export default newNames;

/** Asks for no look: what was made a moment ago is not looked for yet. */
async function* remembered(views: FileViews, events: FileEvents): AsyncGenerator<readonly SensorEvent[]> {
  for await (const batch of events.batches) {
    for (const { path, timeMs } of batch) views.heard(path, timeMs);
    if (batch.length === 0) yield [];
  }
}
