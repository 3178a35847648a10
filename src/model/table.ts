/**
 * Tables: everything observable is declared once, and the row type, the rules' types, `--json`, the web table and the
 * docs page follow from the declaration. See docs/decisions/0003-tables.md.
 */

/** What a cell may hold. A list is shown joined by ", ". */
export type Cell = string | number | boolean | readonly string[];

/** One observed thing. Plain data: it goes to the store as JSON. */
export type Row = Readonly<Record<string, Cell>>;

/** `time` is epoch milliseconds; `ms` a duration in milliseconds. */
export type ColumnType = 'text' | 'int' | 'bool' | 'list' | 'time' | 'ms';

/**
 * Type, words for people, and how the engine treats it: `identity` is part of the key, `compared` raises a change when
 * it differs under the same key, `detail` (the default) is stored and shown but never compared, so that a new pid is
 * not news.
 */
export type Column = readonly [type: ColumnType, doc: string, role?: 'identity' | 'compared' | 'detail'];

/** Columns by name, in the order in which they are shown. */
export type Columns = Readonly<Record<string, Column>>;

type CellOf<T extends ColumnType> = T extends 'text'
  ? string
  : T extends 'int' | 'time' | 'ms'
    ? number
    : T extends 'bool'
      ? boolean
      : readonly string[];

/** The row type that a set of columns declares. */
export type RowOf<C extends Columns> = { readonly [K in keyof C]: CellOf<C[K][0]> };

/** A declared table; `key` lists the identity columns, `slot` those that say "the same place" (see design: slots). */
export interface Table<R extends Row = Row> {
  readonly name: string;
  readonly doc: string;
  readonly key: readonly string[];
  readonly slot: readonly string[];
  readonly compared: readonly string[];
  readonly columns: Columns;
  /**
   * Column with the path of the file that a row was read from. The engine asks who touched it last where a rule does
   * not say who it was, and what a package run did to it is explained by the run.
   */
  readonly file?: string;
  /**
   * Does this row come and go all day? It then differs from the baseline only where a rule finds something to watch in
   * it. A method, so that tables of different rows fit one list.
   */
  fleeting?(row: R): boolean;
  /** Never set: carries the row's type. */
  readonly row?: R;
}

/** Declares a table; throws when the slot names a column that is not there or nothing is identity. */
export function defineTable<const C extends Columns>(spec: {
  readonly name: string;
  readonly doc: string;
  readonly slot: readonly (keyof C & string)[];
  readonly columns: C;
  readonly file?: keyof C & string;
  readonly fleeting?: true | ((row: RowOf<C>) => boolean);
}): Table<RowOf<C>> {
  const names = Object.keys(spec.columns);
  const roles = (role: string): string[] => names.filter((name) => spec.columns[name]?.[2] === role);
  const key = roles('identity');
  if (key.length === 0) throw new Error(`Table "${spec.name}" has no identity column`);
  const { name, doc, slot, columns, file, fleeting } = spec;
  const comesAndGoes = fleeting === true ? () => true : fleeting;
  const more = { ...(file !== undefined && { file }), ...(comesAndGoes && { fleeting: comesAndGoes }) };
  return { name, doc, key, slot, compared: roles('compared'), columns, ...more };
}

/** The values of `columns` in a row, joined unambiguously: the text form of an identity or a slot. */
export function keyOf(row: Row, columns: readonly string[]): string {
  let key = '';
  for (const name of columns) key += `${String(row[name])}\u0000`;
  return key;
}

/** How one row differs between two looks. */
export type Change<R extends Row = Row> =
  | { readonly type: 'added'; readonly after: R }
  | { readonly type: 'removed'; readonly before: R; readonly livedMs?: number }
  | { readonly type: 'changed'; readonly before: R; readonly after: R };
