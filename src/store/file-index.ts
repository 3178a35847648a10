/** What checking files remembers: a database of its own beside the store, for it is no evidence and may be made anew. */

import { closeSync, existsSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import type { Deviation, FileIndex, IndexedFile, ShippedFile } from '#model/integrity.ts';

/** Texts kept for telling differences; /etc of a server has two to five MiB. */
const SNAPSHOT_BYTES = 32 << 20;
/** Writes gathered at most, and how long. */
const GATHERED = 2000;
const GATHER_MS = 1000;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS list (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, stamp TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS folder (id INTEGER PRIMARY KEY, path TEXT UNIQUE NOT NULL, round INTEGER NOT NULL DEFAULT 0);
  CREATE TABLE IF NOT EXISTS file (
    folder INTEGER NOT NULL, name TEXT NOT NULL, list INTEGER NOT NULL DEFAULT 0, md5 TEXT NOT NULL DEFAULT '',
    conffile INTEGER NOT NULL DEFAULT 0, stamp TEXT NOT NULL DEFAULT '', rights TEXT NOT NULL DEFAULT '',
    verdict TEXT NOT NULL DEFAULT '', PRIMARY KEY (folder, name)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS file_list ON file (list);
  CREATE INDEX IF NOT EXISTS file_verdict ON file (verdict) WHERE verdict <> '';
  CREATE TABLE IF NOT EXISTS odd (path TEXT PRIMARY KEY) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS snapshot (path TEXT PRIMARY KEY, sha256 TEXT NOT NULL, content BLOB NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS value (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
`;
const VERSION = 1;
const TABLES = ['list', 'folder', 'file', 'odd', 'snapshot', 'value'];

/**
 * Opens (or makes) `STATE/files.db`, 0600; what is damaged or of another version is made anew. Who does not hold the lock
 * of the state directory gets a copy in memory: what it finds is forgotten, but what has not changed is not read again.
 */
export function openFileIndex(stateDir: string, mode: 'write' | 'read' | 'nothing'): FileIndex {
  const path = join(stateDir, 'files.db');
  if (mode !== 'write') {
    const index = new Index(':memory:');
    if (mode === 'read' && existsSync(path)) index.copyFrom(path);
    return index;
  }
  try {
    return new Index(path);
  } catch (error) {
    if (!isFault(error)) throw error;
    for (const ending of ['', '-wal', '-shm']) rmSync(`${path}${ending}`, { force: true });
    return new Index(path);
  }
}

/** What SQLite says of a file that is none of its own, or of another version of ours. */
function isFault(error: unknown): boolean {
  return error instanceof Error && ('errcode' in error || error instanceof OtherVersion);
}

class OtherVersion extends Error {}

type Cells = readonly (string | number)[];

class Index implements FileIndex {
  readonly #database: DatabaseSync;
  readonly #say: ReturnType<typeof statements>;
  #gathered = 0;
  #beganMs = 0;
  #snapshotBytes: number;
  #lists: Map<number, string> | undefined;
  #ids = new Map<string, number>();
  #folders = new Map<string, number>();

  constructor(path: string) {
    if (path !== ':memory:') closeSync(openSync(path, 'a', 0o600));
    this.#database = new DatabaseSync(path);
    const database = this.#database;
    database.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 250; PRAGMA cache_size = -4096',
    );
    const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
    if (version !== 0 && version !== VERSION)
      throw new OtherVersion(`Cannot use "${path}": it is of version ${version}`);
    database.exec(`${SCHEMA} PRAGMA user_version = ${VERSION}`);
    this.#say = statements(database);
    this.#snapshotBytes = Number(this.#say.snapshotBytes.get()?.['bytes'] ?? 0);
  }

  /** Takes in everything of another index; what cannot be read is left out, and is only made anew. */
  copyFrom(path: string): void {
    try {
      using source = new DatabaseSync(path, { readOnly: true });
      for (const table of TABLES) copyTable(source, this.#database, table);
    } catch (error) {
      if (!isFault(error)) throw error;
    }
    this.#forgetLists();
  }

  lists(): ReadonlyMap<string, string> {
    return new Map(this.#say.lists.all().map((row) => [String(row['name']), String(row['stamp'])]));
  }

  putList(list: string, stamp: string, files: Iterable<ShippedFile>): void {
    this.#write();
    this.#say.putList.run(list, stamp);
    this.#forgetLists();
    const id = this.#listId(list);
    // Whatever it shipped before is nobody's until the new list claims it; its rights are taken anew.
    this.#say.disown.run(id);
    for (const { folder, name, md5, conffile } of files)
      this.#say.own.run(this.#folderId(folder), name, id, md5, conffile ? 1 : 0);
    this.#say.sweepDisowned.run();
    this.#folders.clear();
  }

  dropList(list: string): void {
    this.#write();
    const id = this.#listId(list);
    this.#say.disown.run(id);
    this.#say.sweepDisowned.run();
    this.#say.dropList.run(id);
    this.#forgetLists();
  }

  folder(path: string): ReadonlyMap<string, IndexedFile> {
    const id = this.#say.folderId.get(path)?.['id'];
    const files = new Map<string, IndexedFile>();
    if (typeof id !== 'number') return files;
    for (const cells of this.#say.files.all(id) as unknown as Cells[]) {
      const file = this.#fileOf(cells);
      files.set(file.name, file);
    }
    return files;
  }

  file(folder: string, name: string): IndexedFile | undefined {
    const id = this.#say.folderId.get(folder)?.['id'];
    if (typeof id !== 'number') return undefined;
    const cells = this.#say.file.get(id, name) as unknown as Cells | undefined;
    return cells && this.#fileOf(cells);
  }

  put(folder: string, file: IndexedFile): void {
    this.#write();
    const list = this.#listId(file.list);
    const { name, md5, stamp, rights, verdict } = file;
    this.#say.put.run(this.#folderId(folder), name, list, md5, file.conffile ? 1 : 0, stamp, rights, verdict);
  }

  drop(folder: string, name: string): void {
    this.#write();
    this.#say.drop.run(this.#folderId(folder), name);
  }

  hasBelow(folder: string): boolean {
    // "0" is the character after "/": everything that begins with the folder and a slash lies between the two.
    return this.#say.below.get(folder, `${folder}/`, `${folder}0`) !== undefined;
  }

  walked(folder: string, round: number): void {
    this.#write();
    this.#say.walked.run(round, folder);
  }

  shipped(): number {
    return Number(this.#say.shipped.get()?.['files'] ?? 0);
  }

  unwalked(round: number): readonly string[] {
    return this.#say.unwalked.all(round).map((row) => String(row['path']));
  }

  deviations(): readonly Deviation[] {
    const rows = this.#say.deviations.all() as unknown as Cells[];
    return rows.map((cells) => Object.assign(this.#fileOf(cells), { folder: String(cells[7]) }));
  }

  odd(): ReadonlySet<string> {
    return new Set(this.#say.odd.all().map((row) => String(row['path'])));
  }

  setOdd(path: string, odd: boolean): void {
    this.#write();
    (odd ? this.#say.addOdd : this.#say.dropOdd).run(path);
  }

  snapshotOf(path: string): string {
    return String(this.#say.snapshotOf.get(path)?.['sha256'] ?? '');
  }

  snapshot(path: string): { readonly sha256: string; readonly text: string } | undefined {
    const row = this.#say.snapshot.get(path);
    const content = row?.['content'];
    if (row === undefined || !(content instanceof Uint8Array)) return undefined;
    return { sha256: String(row['sha256']), text: Buffer.from(content).toString('utf8') };
  }

  putSnapshot(path: string, sha256: string, text: string): boolean {
    this.dropSnapshot(path);
    const content = Buffer.from(text, 'utf8');
    if (this.#snapshotBytes + content.length > SNAPSHOT_BYTES) return false;
    this.#snapshotBytes += content.length;
    this.#say.putSnapshot.run(path, sha256, content);
    return true;
  }

  dropSnapshot(path: string): void {
    this.#write();
    this.#snapshotBytes -= Number(this.#say.snapshotSize.get(path)?.['bytes'] ?? 0);
    this.#say.dropSnapshot.run(path);
  }

  value(name: string): string {
    return String(this.#say.value.get(name)?.['value'] ?? '');
  }

  setValue(name: string, value: string): void {
    this.#write();
    this.#say.setValue.run(name, value);
  }

  flush(): void {
    if (this.#database.isTransaction) this.#database.exec('COMMIT');
    this.#gathered = 0;
  }

  [Symbol.dispose](): void {
    this.flush();
    this.#database.close();
  }

  /** A transaction for each write would cost a hundred times as much. */
  #write(): void {
    const nowMs = performance.now();
    if (this.#gathered >= GATHERED || nowMs - this.#beganMs > GATHER_MS) this.flush();
    if (!this.#database.isTransaction) {
      this.#database.exec('BEGIN');
      this.#beganMs = nowMs;
    }
    this.#gathered += 1;
  }

  #fileOf([name, list, md5, conffile, stamp, rights, verdict]: Cells): IndexedFile {
    return {
      name: String(name),
      list: this.#listName(Number(list)),
      md5: String(md5),
      conffile: conffile === 1,
      stamp: String(stamp),
      rights: String(rights),
      verdict: String(verdict),
    };
  }

  #forgetLists(): void {
    this.#lists = undefined;
    this.#ids.clear();
  }

  #listName(id: number): string {
    this.#lists ??= new Map(this.#say.lists.all().map((row) => [Number(row['id']), String(row['name'])]));
    return this.#lists.get(id) ?? '';
  }

  #listId(name: string): number {
    if (name === '') return 0;
    const known = this.#ids.get(name) ?? Number(this.#say.listId.get(name)?.['id'] ?? 0);
    this.#ids.set(name, known);
    return known;
  }

  /** Files of one folder come one after another. */
  #folderId(path: string): number {
    const known = this.#folders.get(path);
    if (known !== undefined) return known;
    this.#say.addFolder.run(path);
    const id = Number(this.#say.folderId.get(path)?.['id']);
    if (this.#folders.size > 1000) this.#folders.clear();
    this.#folders.set(path, id);
    return id;
  }
}

function copyTable(source: DatabaseSync, target: DatabaseSync, table: string): void {
  const rows = source.prepare(`SELECT * FROM ${table}`);
  rows.setReturnArrays(true);
  let insert: StatementSync | undefined;
  target.exec('BEGIN');
  for (const row of rows.iterate() as unknown as Iterable<SQLInputValue[]>) {
    insert ??= target.prepare(`INSERT INTO ${table} VALUES (${row.map(() => '?').join(', ')})`);
    insert.run(...row);
  }
  target.exec('COMMIT');
}

const FILE = 'name, list, md5, conffile, stamp, rights, verdict';

function statements(database: DatabaseSync) {
  const prepare = (sql: string) => database.prepare(sql);
  const rows = (sql: string) => {
    const statement = database.prepare(sql);
    statement.setReturnArrays(true);
    return statement;
  };
  return {
    lists: prepare('SELECT id, name, stamp FROM list'),
    listId: prepare('SELECT id FROM list WHERE name = ?'),
    putList: prepare(
      'INSERT INTO list (name, stamp) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET stamp = excluded.stamp',
    ),
    dropList: prepare('DELETE FROM list WHERE id = ?'),
    disown: prepare("UPDATE file SET list = -1, rights = '' WHERE list = ?"),
    own: prepare(`INSERT INTO file (folder, name, list, md5, conffile) VALUES (?, ?, ?, ?, ?) ON CONFLICT (folder, name)
      DO UPDATE SET list = excluded.list, md5 = excluded.md5, conffile = excluded.conffile, rights = '',
        stamp = CASE WHEN file.md5 = excluded.md5 THEN file.stamp ELSE '' END`),
    sweepDisowned: prepare('DELETE FROM file WHERE list = -1'),
    folderId: prepare('SELECT id FROM folder WHERE path = ?'),
    addFolder: prepare('INSERT OR IGNORE INTO folder (path) VALUES (?)'),
    files: rows(`SELECT ${FILE} FROM file WHERE folder = ?`),
    file: rows(`SELECT ${FILE} FROM file WHERE folder = ? AND name = ?`),
    shipped: prepare('SELECT count(*) AS files FROM file WHERE list > 0'),
    put: prepare(
      `INSERT OR REPLACE INTO file (folder, name, list, md5, conffile, stamp, rights, verdict) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    drop: prepare('DELETE FROM file WHERE folder = ? AND name = ?'),
    below: prepare('SELECT 1 FROM folder WHERE path = ? OR (path >= ? AND path < ?) LIMIT 1'),
    walked: prepare('UPDATE folder SET round = ? WHERE path = ?'),
    unwalked: prepare(
      'SELECT path FROM folder WHERE round < ? AND EXISTS (SELECT 1 FROM file WHERE folder = folder.id AND list > 0)',
    ),
    deviations: rows(
      `SELECT ${FILE}, path FROM file JOIN folder ON folder.id = file.folder WHERE verdict <> '' ORDER BY path, name`,
    ),
    odd: prepare('SELECT path FROM odd'),
    addOdd: prepare('INSERT OR IGNORE INTO odd (path) VALUES (?)'),
    dropOdd: prepare('DELETE FROM odd WHERE path = ?'),
    snapshot: prepare('SELECT sha256, content FROM snapshot WHERE path = ?'),
    snapshotOf: prepare('SELECT sha256 FROM snapshot WHERE path = ?'),
    snapshotSize: prepare('SELECT length(content) AS bytes FROM snapshot WHERE path = ?'),
    snapshotBytes: prepare('SELECT sum(length(content)) AS bytes FROM snapshot'),
    putSnapshot: prepare('INSERT INTO snapshot (path, sha256, content) VALUES (?, ?, ?)'),
    dropSnapshot: prepare('DELETE FROM snapshot WHERE path = ?'),
    value: prepare('SELECT value FROM value WHERE name = ?'),
    setValue: prepare('INSERT OR REPLACE INTO value (name, value) VALUES (?, ?)'),
  };
}
