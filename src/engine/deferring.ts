/**
 * While a package run goes on, a change of a file that nobody can be named for is judged by the next look: the kernel's
 * word on who it was may be on its way, and a program of a package's script lives for a millisecond. So is a file that
 * dpkg put there and that belongs to no package yet: the list of what a package ships is written after its files.
 */

import type { Host, PackageRun } from '#model/host.ts';
import type { Row, Table } from '#model/table.ts';

/** Looks that a row waits for; they are a second apart while dpkg works. */
const looks = 3;
/** Looks that a file of nobody waits for which dpkg put there. */
const unownedLooks = 2;
/** What a run did last is looked at when it is over. */
const afterRunMs = 5_000;

export class Deferrals {
  readonly #table: Table;
  readonly #waited = new Map<string, number>();
  #waits = false;

  constructor(table: Table) {
    this.#table = table;
  }

  /** A row waits for another look. */
  get waits(): boolean {
    return this.#waits;
  }

  /** A look begins. */
  begin(run: PackageRun | undefined): void {
    this.#waits = false;
    if (run === undefined) this.#waited.clear();
  }

  /** Whether this row is to be judged later; counts that it was asked. */
  isLater(
    at: { readonly key: string; readonly row: Row; readonly nowMs: number },
    host: Host,
    run?: PackageRun,
  ): boolean {
    const path = this.#table.file === undefined ? '' : at.row[this.#table.file];
    if (run === undefined || typeof path !== 'string' || path === '') return false;
    if (run.endedMs !== 0 && at.nowMs - run.endedMs > afterRunMs) return false;
    const waited = this.#waited.get(at.key) ?? 0;
    if (waited >= looksFor(path, host, run)) {
      this.#waited.delete(at.key);
      return false;
    }
    this.#waited.set(at.key, waited + 1);
    this.#waits = true;
    return true;
  }
}

function looksFor(path: string, host: Host, run: PackageRun): number {
  const writer = host.writerOf(path);
  if (writer === undefined) return looks;
  const isUnowned = writer.underDpkg && run.endedMs === 0 && host.packages.ownerOf(path) === '';
  return isUnowned ? unownedLooks : 0;
}
