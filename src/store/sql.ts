/**
 * `telltale sql`: the last looks and the history as tables, for reading only. Works beside a running daemon (WAL). Each
 * watched table is a view of its name with "_" for "-"; `changes`, `alerts` and `acts` are the history.
 */

import { constants, type DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import { keyOf, type Row, type Table } from '#model/table.ts';
import { VerbError } from '#model/verbs.ts';
import { openToRead } from './open-to-read.ts';
import { requireVersion } from './schema.ts';
import { prepareStateDir } from './state-dir.ts';

/** What to ask. `atMs`: the tables as they stood then, worked back from the recorded changes. */
export interface SqlQuestion {
  readonly stateDir: string;
  readonly tables: readonly Pick<Table, 'name' | 'key' | 'columns'>[];
  readonly sql: string;
  readonly atMs?: number | undefined;
  /** Rows given at most. */
  readonly limit: number;
}

/** A cell as it is shown: what has no number in JavaScript is text, bytes are "(bytes)". */
export type SqlCell = string | number | null;

export interface SqlAnswer {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly SqlCell[])[];
  /** True where there were more rows than the limit. */
  readonly more: boolean;
}

const history = `
CREATE TEMP VIEW changes AS SELECT
  seq, json_extract(body, '$.timeMs') AS time_ms, json_extract(body, '$.seenMs') AS seen_ms,
  json_extract(body, '$.table') AS table_name, json_extract(body, '$.change.type') AS type,
  json_extract(body, '$.by') AS by, json_extract(body, '$.change.before') AS before,
  json_extract(body, '$.change.after') AS after
FROM chain WHERE kind = 'change';
CREATE TEMP VIEW acts AS SELECT seq, time_ms, kind AS what, json_extract(body, '$.by') AS by,
  json_extract(body, '$.words') AS words
FROM chain WHERE kind IN ('start', 'stop', 'learned', 'ack', 'unmute', 'counted');
CREATE TEMP VIEW alerts AS SELECT
  short AS id, first_ms, last_ms, state, json_extract(body, '$.finding.rule') AS rule,
  json_extract(body, '$.finding.severity') AS severity, json_extract(body, '$.finding.title') AS title,
  json_extract(body, '$.finding.subject') AS subject, json_extract(body, '$.finding.who.exe') AS exe,
  json_extract(body, '$.finding.who.user') AS user, json_extract(body, '$.finding.source.ip') AS source_ip,
  json_extract(body, '$.count') AS count, json_extract(body, '$.explainedBy') AS explained_by, incident
FROM main.alerts;
`;

/** What one answer may weigh, and one cell of it: beyond, it is refused. */
const ANSWER_BYTES = 64 << 20;
const CELL_BYTES = 16 << 20;

/**
 * Asks one SELECT. Throws VerbError "SQL" for what SQLite does not understand, and those of the state directory. SQLite
 * cannot be interrupted from here: sql-apart.ts asks within bounds of time and memory.
 */
export function askSql(question: SqlQuestion): SqlAnswer {
  const path = prepareStateDir(question.stateDir, false);
  if (/;\s*\S/.test(withoutStrings(question.sql))) throw wrong('more than one statement; ask one at a time');
  using database = openToRead(path, { limits: { length: CELL_BYTES } });
  requireVersion(database, path);
  database.exec('PRAGMA temp_store = MEMORY');
  for (const table of question.tables) {
    if (question.atMs === undefined) database.exec(viewOf(table));
    else fillTable(database, table, question.atMs);
  }
  database.exec(history);
  database.setAuthorizer(readingOnly);
  try {
    const statement = database.prepare(question.sql);
    statement.setReturnArrays(true);
    statement.setReadBigInts(true);
    const rows: (readonly SqlCell[])[] = [];
    let bytes = 0;
    for (const row of statement.iterate() as Iterable<unknown>) {
      if (rows.length === question.limit) return { columns: namesOf(statement), rows, more: true };
      const cells = (row as SQLOutputValue[]).map(shown);
      for (const cell of cells) bytes += typeof cell === 'string' ? cell.length + 16 : 16;
      if (bytes > ANSWER_BYTES) throw wrong('the answer is longer than 64 MiB', 'Ask for fewer rows or columns');
      rows.push(cells);
    }
    return { columns: namesOf(statement), rows, more: false };
  } catch (error) {
    if (error instanceof VerbError) throw error;
    throw wrong(error instanceof Error ? error.message : String(error));
  }
}

function shown(cell: SQLOutputValue): SqlCell {
  if (typeof cell === 'bigint') return Number.isSafeInteger(Number(cell)) ? Number(cell) : String(cell);
  if (typeof cell === 'number') return Number.isFinite(cell) ? cell : String(cell);
  return cell === null || typeof cell === 'string' ? cell : '(bytes)';
}

function namesOf(statement: { columns(): readonly { readonly name: string }[] }): readonly string[] {
  return statement.columns().map(({ name }) => name);
}

/** The file is open for reading only; this keeps the question from other files and from settings of the connection. */
function readingOnly(action: number): number {
  const { SQLITE_SELECT, SQLITE_READ, SQLITE_FUNCTION, SQLITE_RECURSIVE, SQLITE_OK, SQLITE_DENY } = constants;
  return [SQLITE_SELECT, SQLITE_READ, SQLITE_FUNCTION, SQLITE_RECURSIVE].includes(action) ? SQLITE_OK : SQLITE_DENY;
}

const TABLES = 'Tables and columns: telltale sql --tables';

/** The error of a question that cannot be answered; `next` is a sentence without its full stop. */
export function wrong(why: string, next = TABLES): VerbError {
  return new VerbError('SQL', `Cannot answer this question: ${why}. ${next}`);
}

/** Name of the view of a table. */
export function sqlName(table: string): string {
  return table.replaceAll('-', '_');
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

function viewOf({ name, columns }: SqlQuestion['tables'][number]): string {
  const cells = Object.keys(columns).map(
    (column) => `json_extract(body, ${literal(`$.${column}`)}) AS ${quoted(column)}`,
  );
  return `CREATE TEMP VIEW ${quoted(sqlName(name))} AS SELECT ${cells.join(', ')}, since_ms FROM seen WHERE tbl = ${literal(name)}`;
}

/** The rows as they stood at `atMs`: from what stands now, every later change is taken back, the newest first. */
function fillTable(database: DatabaseSync, table: SqlQuestion['tables'][number], atMs: number): void {
  const rows = new Map<string, { row: Row; sinceMs: number }>();
  for (const { key, since_ms: since, body } of database.prepare('SELECT * FROM seen WHERE tbl = ?').all(table.name))
    if (typeof key === 'string' && typeof body === 'string')
      rows.set(key, { row: JSON.parse(body) as Row, sinceMs: Number(since) });
  const later = database.prepare(
    `SELECT body FROM chain WHERE kind = 'change' AND json_extract(body, '$.table') = ?1
     AND json_extract(body, '$.timeMs') > ?2 ORDER BY seq DESC`,
  );
  for (const { body } of later.iterate(table.name, atMs)) {
    if (typeof body !== 'string') continue;
    const { change } = JSON.parse(body) as { change: { type: string; before?: Row; after?: Row } };
    if (change.type === 'added' && change.after !== undefined) rows.delete(keyOf(change.after, table.key));
    else if (change.before !== undefined) rows.set(keyOf(change.before, table.key), { row: change.before, sinceMs: 0 });
  }
  const columns = Object.keys(table.columns);
  const name = quoted(sqlName(table.name));
  database.exec(`CREATE TEMP TABLE ${name} (${[...columns, 'since_ms'].map(quoted).join(', ')})`);
  const insert = database.prepare(`INSERT INTO temp.${name} VALUES (${[...columns, ''].map(() => '?').join(', ')})`);
  for (const { row, sinceMs } of rows.values())
    if (sinceMs <= atMs) insert.run(...columns.map((column) => sqlValue(row[column])), sinceMs);
}

function sqlValue(cell: Row[string] | undefined): string | number | null {
  if (cell === undefined) return null;
  if (typeof cell === 'boolean') return cell ? 1 : 0;
  return typeof cell === 'object' ? JSON.stringify(cell) : cell;
}

function withoutStrings(sql: string): string {
  return sql.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\//g, "''");
}
