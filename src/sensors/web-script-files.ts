/** Hears of files that are written below the folders of web servers: see docs/sensors/web-script-files.md. */

import type { FileEvents, Host } from '#model/host.ts';
import type { Listener, SensorEvent } from '#model/sensor.ts';
import { isWebScript, touchWebFile, webRoots } from './web-scripts.ts';

const TABLE = 'web-scripts';

const webScriptFiles: Listener = {
  name: 'web-script-files',
  doc: 'File events below the folders of web servers.',
  table: TABLE,
  async listen(host, signal) {
    const files = await host.fileEvents({ paths: () => webRoots(host) }, signal);
    return {
      events: staleness(files, host),
      lost: () => files.lost(),
      by: files.by,
      gaps: files.gaps,
      [Symbol.asyncDispose]: () => files[Symbol.asyncDispose](),
    };
  },
};
export default webScriptFiles;

/** Pictures that come are no reason for a look: a busy site has thousands. */
async function* staleness(files: FileEvents, host: Host): AsyncGenerator<readonly SensorEvent[]> {
  for await (const batch of files.batches) {
    const scripts = batch.filter(({ path, directory }) => directory || isWebScript(host, path));
    for (const { path } of scripts) touchWebFile(host, path);
    if (batch.length === 0) touchWebFile(host, undefined);
    if (batch.length === 0) yield [];
    else if (scripts.length > 0) yield [{ timeMs: batch[0]?.timeMs ?? 0, kind: 'stale', table: TABLE }];
  }
}
