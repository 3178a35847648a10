/** Which families of start points an event of a file concerns, so that a look reads those alone. */

import { families } from './families.ts';
import type { Family, Within } from './family.ts';
import type { Memo } from './memo.ts';

/** Accounts decide who runs what: when they change, everything is read. */
const ACCOUNTS = '/etc/passwd';

/** Asked for each event of a storm of thousands: one look-up for each folder on the way. */
export class Concerned {
  readonly #under = new Map<string, Set<Family>>();
  readonly #above = new Map<string, Set<Family>>();
  readonly #within = new Map<string, (Within & { readonly family: Family })[]>();

  /** `memo`: programs that were found to be run count as well. */
  constructor(homes: readonly string[], memo?: Pick<Memo, 'families'>) {
    for (const family of families) {
      const programs = memo?.families.get(family.name)?.programs.keys() ?? [];
      for (const path of [...family.paths(homes), ...programs]) {
        add(this.#under, path, family);
        for (const folder of foldersAbove(path)) add(this.#above, folder, family);
      }
    }
    for (const family of families) {
      add(this.#under, ACCOUNTS, family);
      for (const within of family.within?.(homes) ?? []) {
        const known = this.#within.get(within.folder) ?? [];
        this.#within.set(within.folder, [...known, { ...within, family }]);
      }
    }
  }

  get paths(): readonly string[] {
    return [...new Set([...this.#under.keys(), ...this.#within.keys()])];
  }

  /** Families that read the path, something below it, or a folder above it. */
  by(path: string): ReadonlySet<Family> {
    const found = new Set(this.#above.get(path));
    for (const at of [path, ...foldersAbove(path)]) {
      for (const family of this.#under.get(at) ?? []) found.add(family);
      for (const { family, matters } of this.#within.get(at) ?? [])
        if (matters.test(path.slice(at.length))) found.add(family);
    }
    return found;
  }
}

function add(map: Map<string, Set<Family>>, path: string, family: Family): void {
  const known = map.get(path);
  if (known === undefined) map.set(path, new Set([family]));
  else known.add(family);
}

function* foldersAbove(path: string): Generator<string> {
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) yield path.slice(0, end);
}
