/** Looks again and again at paths of which nothing tells: the last resort. */

import { type Files, isFailure } from '#model/host.ts';

/** Entries of a folder that are asked; beyond them only the folder itself tells that something came or went. */
const MAX_ENTRIES = 1000;

export class StatPoll {
  readonly #files: Files;
  #seen = new Map<string, string>();

  constructor(files: Files) {
    this.#files = files;
  }

  /** Those paths, and entries of those folders, that are not as they were the last time; a path's first time is none. */
  changed(paths: Iterable<string>): readonly string[] {
    const changed: string[] = [];
    const seen = new Map<string, string>();
    for (const path of paths) {
      for (const place of [path, ...this.#entriesOf(path)]) {
        const now = this.#stampOf(place);
        const before = this.#seen.get(place);
        seen.set(place, now);
        const known = before !== undefined || this.#seen.has(path);
        if (known && before !== now) changed.push(place);
      }
    }
    for (const place of this.#seen.keys()) if (!seen.has(place)) changed.push(place);
    this.#seen = seen;
    return changed;
  }

  #entriesOf(path: string): string[] {
    const stat = this.#files.stat(path);
    const names = !isFailure(stat) && stat.type === 'directory' ? this.#files.list(path) : [];
    return isFailure(names) ? [] : names.slice(0, MAX_ENTRIES).map((name) => `${path}/${name}`);
  }

  #stampOf(path: string): string {
    const stat = this.#files.stat(path);
    return isFailure(stat) ? stat.error : `${stat.inode} ${stat.ctimeMs} ${stat.sizeBytes}`;
  }
}
