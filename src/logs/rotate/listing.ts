/**
 * What stands in the folders of many logs, read once: asking for each number of each log is four calls a log. It may grow
 * old while we work, so it only tells what need not be moved, never what may be overwritten.
 */

import { oldFolder } from './directives.ts';
import { list, nameOf, statOrWhy } from './files.ts';
import type { Job } from './job.ts';
import type { Listing } from './names.ts';

/** Fewer logs of one folder are asked for one by one. */
const MANY = 32;
/** A folder greater than this for each log holds much that is none of ours (an entry takes 16 to 64 bytes). */
const FOLDER_BYTES = 1024;

/** By folder of the rotated logs; folders with few logs, or with much else, are not in it. */
export function listFolders(jobs: readonly Job[]): ReadonlyMap<string, Listing> {
  const logs = new Map<string, number>();
  for (const { set, log } of jobs) {
    const folder = oldFolder(set, log);
    logs.set(folder, (logs.get(folder) ?? 0) + 1);
  }
  const listings = new Map<string, Listing>();
  for (const [folder, count] of logs) {
    if (count < MANY) continue;
    const found = statOrWhy(folder);
    if ('failed' in found || found.value.size > count * FOLDER_BYTES) continue;
    const entries = list(folder);
    if ('value' in entries) listings.set(folder, new Set(entries.value.map(({ name }) => name)));
  }
  return listings;
}

/** False when nothing stood under this name; true when it may. */
export function mayStand({ listing }: Job, path: string): boolean {
  return listing === undefined || listing.has(nameOf(path));
}

/** Said before we give a file this name ourselves. */
export function nowStands({ listing }: Job, path: string): void {
  listing?.add(nameOf(path));
}
