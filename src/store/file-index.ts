/** What checking files remembers: a database of its own beside the store, for it is no evidence and may be made anew. */

import { chmodSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Deviation, FileIndex, IndexedFile, ShippedFile } from '#model/integrity.ts';

/** Texts kept for telling differences, compressed. */
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

/** Opens (or makes) the file, 0600; ":memory:" keeps nothing. A damaged or foreign one is made anew. */
export function openFileIndex(path: string): FileIndex {
  try {
    return new Index(path);
  } catch (error) {
    if (path === ':memory:') throw error;
    for (const ending of ['', '-wal', '-shm']) rmSync(`${path}${ending}`, { force: true });
    return new Index(path);
  }
}

type Cells = readonly (string | number)[];

class Index implements FileIndex {
  readonly #database: DatabaseSync;
  readonly #say: ReturnType<typeof statements>;
  #gathered = 0;
  #beganMs = 0;
  #snapshotBytes: number;
  #lists: Map<number, string> | undefined;
  #folders = new Map<string, number>();

  constructor(path: string) {
    this.#database = new DatabaseSync(path);
    if (path !== ':memory:') chmodSync(path, 0o600);
    const database = this.#database;
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -4096');
    const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
    if (version !== 0 && version !== VERSION) throw new Error(`Cannot use "${path}": it is of version ${version}`);
    database.exec(`${SCHEMA} PRAGMA user_version = ${VERSION}`);
    this.#say = statements(database);
    this.#snapshotBytes = Number(this.#say.snapshotBytes.get()?.['bytes'] ?? 0);
  }

  lists(): ReadonlyMap<string, string> {
    return new Map(this.#say.lists.all().map((row) => [String(row['name']), String(row['stamp'])]));
  }

  putList(list: string, stamp: string, files: readonly ShippedFile[]): void {
    this.#write();
    this.#say.putList.run(list, stamp);
    this.#lists = undefined;
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
    this.#lists = undefined;
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

  put(folder: string, file: IndexedFile): void {
    this.#write();
    const list = file.list === '' ? 0 : this.#listId(file.list);
    const { name, md5, stamp, rights, verdict } = file;
    this.#say.put.run(this.#folderId(folder), name, list, md5, file.conffile ? 1 : 0, stamp, rights, verdict);
  }

  drop(folder: string, name: string): void {
    this.#write();
    this.#say.drop.run(this.#folderId(folder), name);
  }

  walked(folder: string, round: number): void {
    this.#write();
    this.#say.walked.run(round, folder);
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

  snapshot(path: string): { readonly sha256: string; readonly text: string } | undefined {
    const row = this.#say.snapshot.get(path);
    const content = row?.['content'];
    if (row === undefined || !(content instanceof Uint8Array)) return undefined;
    return { sha256: String(row['sha256']), text: inflateRawSync(content).toString('utf8') };
  }

  putSnapshot(path: string, sha256: string, text: string): boolean {
    this.dropSnapshot(path);
    const content = deflateRawSync(Buffer.from(text, 'utf8'));
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

  #listName(id: number): string {
    this.#lists ??= new Map(this.#say.lists.all().map((row) => [Number(row['id']), String(row['name'])]));
    return this.#lists.get(id) ?? '';
  }

  #listId(name: string): number {
    return Number(this.#say.listId.get(name)?.['id'] ?? 0);
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
    put: prepare(
      `INSERT OR REPLACE INTO file (folder, name, list, md5, conffile, stamp, rights, verdict) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    drop: prepare('DELETE FROM file WHERE folder = ? AND name = ?'),
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
    snapshotSize: prepare('SELECT length(content) AS bytes FROM snapshot WHERE path = ?'),
    snapshotBytes: prepare('SELECT sum(length(content)) AS bytes FROM snapshot'),
    putSnapshot: prepare('INSERT INTO snapshot (path, sha256, content) VALUES (?, ?, ?)'),
    dropSnapshot: prepare('DELETE FROM snapshot WHERE path = ?'),
    value: prepare('SELECT value FROM value WHERE name = ?'),
    setValue: prepare('INSERT OR REPLACE INTO value (name, value) VALUES (?, ?)'),
  };
}
