/** Every alert and update as one JSON object a line. See docs/notifiers/file.md and docs/formats/alert-file.md. */

import * as v from 'valibot';
import { defineNotifier } from '#model/notifier.ts';
import { AlertLog } from './alert-log.ts';
import { pathSetting } from './setting-types.ts';

export default defineNotifier({
  name: 'file',
  doc: 'Appends every alert and every update as one JSON object a line to a file or FIFO.',
  kind: 'alerts',
  settings: v.strictObject({ path: pathSetting }),
  secrets: [],
  async open({ host, words, settings }) {
    const log = new AlertLog(settings.path, host.appended);
    return {
      send: (notice, signal) => log.append(words.json(notice), signal),
      async [Symbol.asyncDispose]() {
        log[Symbol.dispose]();
      },
    };
  },
});
