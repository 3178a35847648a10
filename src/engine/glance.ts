/**
 * Rows of some tables for somebody who only looks while no watch runs: nothing is judged, learned or written, so a
 * command that shows one table starts without the rest of the engine.
 */

import type { Host } from '#model/host.ts';
import type { Look } from '#model/sensor.ts';
import type { Store } from '#model/store.ts';
import { keyOf, type Row, type Table } from '#model/table.ts';
import { type Desk, type MarkedRow, VerbError, type Verbs } from '#model/verbs.ts';
import { BaselineBook } from './baseline-book.ts';
import { isOurs } from './explain.ts';
import { learnedValue, markOf } from './marks.ts';

/** A table that can be looked at. */
export interface Glanced {
  readonly table: Table;
  /** False for a view such as connections: it has no baseline, and nothing in it is new. */
  readonly watched: boolean;
  look(signal: AbortSignal): Promise<Look>;
}

/** What is looked at, and what a watch remembered of it; without a store nothing is known. */
export interface GlanceParts {
  readonly host: Pick<Host, 'clock' | 'own'>;
  readonly tables: readonly Glanced[];
  readonly store: Pick<Store, 'baseline' | 'seen' | 'openAlerts' | 'value'> | undefined;
}

/** A desk that answers the verb `rows` for these tables, and nothing else. */
export function glanceDesk(parts: GlanceParts): Desk {
  const answer = async (verb: string, args: object): Promise<unknown> => {
    if (verb !== 'rows')
      throw new VerbError('UNKNOWN_VERB', `Cannot answer "${verb}": without a watch only rows are shown`);
    return await rowsOf(parts, args as Verbs['rows']['args']);
  };
  return { ask: (verb, args) => answer(verb, args) as Promise<never> };
}

async function rowsOf(parts: GlanceParts, args: Verbs['rows']['args']): Promise<Verbs['rows']['result']> {
  const wanted = args.connections === true ? 'connections' : args.table;
  const glanced = parts.tables.find(({ table }) => table.name === wanted);
  if (glanced === undefined)
    throw new VerbError('NO_TABLE', `Cannot show table "${wanted.slice(0, 60)}" without a watch`);
  const { rows, gaps, by } = await glanced.look(new AbortController().signal);
  const takenMs = parts.host.clock.nowMs();
  const mark = glanced.watched ? againstMemory(parts, glanced.table, takenMs) : unwatched(parts);
  return { rows: rows.map(mark), gaps, by, takenMs };
}

function unwatched({ host }: GlanceParts): (row: Row) => MarkedRow {
  return (row) => ({ row, mark: isOurs(host, row) ? 'ours' : 'known', sinceMs: 0 });
}

function againstMemory({ host, store }: GlanceParts, table: Table, takenMs: number): (row: Row) => MarkedRow {
  const baseline = new BaselineBook(store?.baseline());
  const learned = baseline.version !== undefined && store?.value(learnedValue(table.name)) !== undefined;
  const ofTable = <T extends { readonly table: string }>(rows: readonly T[] = []): T[] =>
    rows.filter((row) => row.table === table.name);
  const alerted = new Set(ofTable(store?.openAlerts()).map(({ key }) => key));
  const since = new Map(ofTable(store?.seen()).map(({ key, sinceMs }) => [key, sinceMs]));
  const marks = { host, table, baseline, learned, alerts: (key: string) => alerted.has(key) };
  return (row) => {
    const key = keyOf(row, table.key);
    return { row, mark: markOf(marks, row, key), sinceMs: since.get(key) ?? takenMs };
  };
}
