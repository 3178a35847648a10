/**
 * Another version of the program over the same record: what it sees for the first time in files that nobody touched
 * since the version before looked is no news. See docs/decisions/0259-upgrade-in-place.md.
 */

import { posix } from 'node:path';
import { type Host, isFailure } from '#model/host.ts';
import type { BaselineRow, SeenRow, Store } from '#model/store.ts';
import type { Row, Table } from '#model/table.ts';
import type { Turn } from './turn.ts';

/** What was touched this shortly before the version before ended may not have been looked at by it. */
const unlookedMs = 2_000;
const mostLinks = 16;
const programValue = 'program';

/** What it is found out from. */
interface Parts {
  readonly host: Host;
  readonly store: Store;
  readonly version: string;
  /** Digest of the program that runs; without it nothing is an upgrade. */
  readonly build?: string;
}

/** The program that wrote the record last, as far as it noted itself; "" for one that did not. */
export interface OtherProgram {
  readonly version: string;
  readonly build: string;
}

export class Upgrade {
  readonly #parts: Parts;
  /** Until when the version before watched; epoch milliseconds. */
  readonly #watchedMs: number;
  /** The program that ran here before, where it was another one. */
  readonly from: OtherProgram | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    const { store, version, build = '' } = parts;
    const life = store.lastLife();
    this.#watchedMs = life === undefined ? 0 : life.what === 'stop' ? life.timeMs : life.lastRecordMs;
    const noted = store.value(programValue);
    const other = build !== '' && life !== undefined && noted !== `${version} ${build}`;
    const [before = '', itsBuild = ''] = noted?.split(' ') ?? [];
    this.from = other ? { version: before, build: itsBuild } : undefined;
  }

  /** What another version had seen of a table that it knew; undefined where the last complete look was our own. */
  of(table: Table, seen: readonly SeenRow[], learned: boolean): Renewal | undefined {
    const { store, host, build = '' } = this.#parts;
    const [lookedBy, shape] = store.value(lookedValue(table))?.split(' ') ?? [];
    if (!learned || build === '' || lookedBy === build) return undefined;
    const reshaped = shape === undefined ? lacksColumns(table, seen) : shape !== shapeOf(table);
    return new Renewal(table, host, { reshaped, watchedMs: this.#watchedMs });
  }

  /** A complete look of ours at this table was taken in. */
  looked(table: Table, turn: Turn): void {
    const { store, build = '' } = this.#parts;
    const value = `${build} ${shapeOf(table)}`;
    if (build === '' || store.value(lookedValue(table)) === value) return;
    turn.write({ kind: 'value', name: lookedValue(table), value });
  }

  /** From here on this is the program that wrote the record. */
  note(turn: Turn): void {
    const { store, version, build = '' } = this.#parts;
    const value = `${version} ${build}`;
    if (build !== '' && store.value(programValue) !== value) turn.write({ kind: 'value', name: programValue, value });
  }
}

/** One table until the first complete look of the new version, and what that look changes in what is normal. */
export class Renewal {
  readonly put: BaselineRow[] = [];
  readonly drop: { readonly table: string; readonly key: string }[] = [];
  readonly #table: Table;
  readonly #host: Host;
  readonly #known: { readonly reshaped: boolean; readonly watchedMs: number };

  constructor(table: Table, host: Host, known: { readonly reshaped: boolean; readonly watchedMs: number }) {
    this.#table = table;
    this.#host = host;
    this.#known = known;
  }

  /** This row was there for the version before, which saw it in another way, or not at all. */
  isOld(row: Row): boolean {
    if (this.#known.reshaped) return true;
    const path = this.#table.file === undefined ? '' : row[this.#table.file];
    return typeof path === 'string' && path !== '' && isUntouched(this.#host, path, this.#known.watchedMs - unlookedMs);
  }

  /** It is normal as this version sees it. */
  normal(key: string, row: Row, by: string): void {
    this.put.push({ table: this.#table.name, key, row, by });
  }

  /** This version does not see it. */
  unseen(key: string): void {
    this.drop.push({ table: this.#table.name, key });
  }
}

function lookedValue({ name }: Table): string {
  return `looked.${name}`;
}

/** What decides which rows differ: columns that are identity or compared, with their types. */
function shapeOf({ columns }: Table): string {
  return Object.entries(columns)
    .flatMap(([name, [type, , role = 'detail']]) => (role === 'detail' ? [] : [`${name}:${type}:${role}`]))
    .join(',');
}

/** A version that did not note its columns: what it stored shows which it had. */
function lacksColumns({ key, compared }: Table, seen: readonly SeenRow[]): boolean {
  return seen.some(({ row }) => [...key, ...compared].some((name) => row[name] === undefined));
}

/** A plain file, its links followed, of which nothing changed since then: its ctime cannot be set but by the clock. */
function isUntouched({ files }: Host, path: string, sinceMs: number): boolean {
  let at = path;
  for (let links = 0; links < mostLinks; links += 1) {
    const stat = files.stat(at);
    if (isFailure(stat) || stat.ctimeMs >= sinceMs) return false;
    if (stat.type !== 'symlink') return stat.type === 'file';
    const target = files.readlink(at);
    if (isFailure(target)) return false;
    at = posix.resolve(posix.dirname(at), target);
  }
  return false;
}
