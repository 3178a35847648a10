/** Loaded before the program (`--import`): an error of our own in a loop of the watch, once a file of that name is there. */

import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Housekeeping } from '#engine/housekeeping.ts';

Housekeeping.prototype.run = async (signal) => {
  while (!signal.aborted) {
    if (existsSync(process.env['BREAK_WHEN'] ?? '')) throw new TypeError('a planted error');
    await sleep(20);
  }
};
