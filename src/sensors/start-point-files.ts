/** Hears of changes of the files behind `start-points`: see docs/sensors/start-point-files.md. */

import { parsePasswd } from '#formats/passwd.ts';
import { textOf } from '#lib/text-of.ts';
import { type FileEvents, type Host, isFailure } from '#model/host.ts';
import type { Listener, SensorEvent } from '#model/sensor.ts';
import { memoOf } from './start-points/memo.ts';
import { Concerned } from './start-points/touched.ts';

const TABLE = 'start-points';
const MAX_HOMES = 1000;

const startPointFiles: Listener = {
  name: 'start-point-files',
  doc: 'File events of every place that starts programs.',
  table: TABLE,
  async listen(host, signal) {
    let concerned = new Concerned([]);
    const files = await host.fileEvents(
      {
        follows: true,
        paths: () => {
          concerned = new Concerned(homesOf(host), memoOf(host));
          return concerned.paths;
        },
      },
      signal,
    );
    return {
      events: staleness(files, host, () => concerned),
      lost: () => files.lost(),
      by: files.by,
      gaps: files.gaps,
      [Symbol.asyncDispose]: () => files[Symbol.asyncDispose](),
    };
  },
};
export default startPointFiles;

/** The next look reads what was touched; after a loss it reads everything. */
async function* staleness(
  files: FileEvents,
  host: Host,
  concerned: () => Concerned,
): AsyncGenerator<readonly SensorEvent[]> {
  for await (const batch of files.batches) {
    const memo = memoOf(host);
    if (batch.length === 0) {
      memo.readAll = true;
      yield [];
      continue;
    }
    const touched = batch.flatMap(({ path }) => [...concerned().by(path)]);
    if (touched.length === 0) continue;
    for (const family of touched) memo.touched.add(family.name);
    yield [{ timeMs: batch[0]?.timeMs ?? 0, kind: 'stale', table: TABLE }];
  }
}

function homesOf(host: Host): readonly string[] {
  const bytes = host.files.read('/etc/passwd');
  const users = isFailure(bytes) ? [] : parsePasswd(textOf(bytes)).rows;
  const homes = new Set(users.map(({ home }) => home.replace(/\/+$/, '')).filter((home) => home.length > 1));
  return [...homes].slice(0, MAX_HOMES);
}
