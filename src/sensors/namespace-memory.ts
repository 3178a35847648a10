/** What looks and events of one host remember of namespaces. */

import { BoundedMap } from '#lib/bounded-map.ts';
import type { Host } from '#model/host.ts';
import { keyOf } from '#model/table.ts';
import type { Group } from './namespace-groups.ts';
import { type NamespaceRow, namespaces } from './namespace-table.ts';

/** What only an event told of is shown this long, so that somebody can look at it. */
const SHOWN_MS = 10 * 60_000;
/** Above this many the oldest goes. */
const MAX_SHOWN = 200;
const MAX_NAMES = 4096;

type Name = Pick<NamespaceRow, 'exe' | 'user' | 'from'>;

/** One a host. */
class NamespaceMemory {
  readonly #shown = new BoundedMap<string, { readonly row: NamespaceRow; readonly atMs: number }>(MAX_SHOWN);
  readonly #names = new BoundedMap<string, Name>(MAX_NAMES);
  #groups: ReadonlySet<string> = new Set();

  /** The row under the name that the group had when it was first seen: its oldest process may run something else by now. */
  named(row: NamespaceRow, { id }: Pick<Group, 'id'>): NamespaceRow {
    const known = this.#names.get(id) ?? { exe: row.exe, user: row.user, from: row.from };
    // Set anew, so that those that ended are the oldest.
    this.#names.set(id, known);
    return { ...row, ...known };
  }

  /** A look found these. */
  looked(groups: ReadonlyMap<string, unknown>): void {
    this.#groups = new Set(groups.keys());
  }

  /** Did the last look find that group? */
  knows({ id }: Pick<Group, 'id'>): boolean {
    return this.#groups.has(id);
  }

  /** An event told of who is gone by now. */
  show(row: NamespaceRow, atMs: number): void {
    this.#shown.set(keyOf(row, namespaces.key), { row, atMs });
  }

  isShown(row: NamespaceRow): boolean {
    return this.#shown.get(keyOf(row, namespaces.key)) !== undefined;
  }

  /** Rows of events that are not too old. */
  shown(nowMs: number): NamespaceRow[] {
    const rows: NamespaceRow[] = [];
    for (const [key, { row, atMs }] of this.#shown.entries()) {
      if (nowMs - atMs > SHOWN_MS) this.#shown.delete(key);
      else rows.push(row);
    }
    return rows;
  }
}

const memories = new WeakMap<Host, NamespaceMemory>();

/** The memory that the look and the listener of one host share. */
export function namespaceMemoryOf(host: Host): NamespaceMemory {
  const known = memories.get(host);
  if (known !== undefined) return known;
  const memory = new NamespaceMemory();
  memories.set(host, memory);
  return memory;
}
