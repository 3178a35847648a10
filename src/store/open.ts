/** Opens the store: checks the directory, takes the lock, brings the file to our version. */

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Host } from '#model/host.ts';
import type { Store, StoreGuard, StoreRecord } from '#model/store.ts';
import { VerbError } from '#model/verbs.ts';
import { openChain } from './chain.ts';
import { type Closing, openClosing } from './closed-as.ts';
import { GroupCommit } from './group-commit.ts';
import { openGuard } from './guard.ts';
import { openToRead } from './open-to-read.ts';
import { alertReader } from './read-alerts.ts';
import { baselineReader } from './read-baseline.ts';
import { blockReader } from './read-blocks.ts';
import { livesReader } from './read-lives.ts';
import { outboxReader } from './read-outbox.ts';
import { recordWriter } from './records.ts';
import { removeOld } from './retention.ts';
import { migrate, requireVersion } from './schema.ts';
import { prepareStateDir } from './state-dir.ts';
import { openingError } from './trouble.ts';
import { verifyChain } from './verify.ts';
import { takeLock } from './writer-lock.ts';

/** What to open. `host` gives the clock. */
export interface StoreSettings {
  readonly stateDir: string;
  readonly host: Pick<Host, 'clock'>;
  /** `nothing`: an empty store in memory, for a look that leaves no trace; needs no directory and no lock. */
  readonly mode: 'write' | 'read' | 'nothing';
  /** File outside of the state directory that says, until the next boot, that there is something to be remembered. */
  readonly witness?: string;
  /** Files that alerts were appended to: they outlive the state directory. */
  readonly alertFiles?: readonly string[];
}

/**
 * Opens `STATE/telltale.db`. Throws VerbError: LOCKED (names the process that holds it), NO_STATE (nothing to read),
 * BAD_STATE_DIR, NEWER_STATE, OLDER_STATE, DAMAGED_STATE, NO_STORE.
 */
export function openStore(settings: StoreSettings): Store {
  const writing = settings.mode !== 'read';
  const kept = settings.mode !== 'nothing';
  const path = kept ? prepareStateDir(settings.stateDir, writing) : ':memory:';
  using opened = new DisposableStack();
  if (writing && kept) opened.use(takeLock(join(settings.stateDir, 'lock')));
  const closing = writing && kept ? openClosing(path, settings.stateDir) : undefined;
  // After the database is closed, while the lock is still held.
  opened.defer(() => closing?.leave());
  try {
    const database = opened.adopt(writing ? new DatabaseSync(path) : openToRead(path), (it) => it.close());
    if (writing) prepareWriter(database, path);
    else requireVersion(database, path);
    const guard = closing && openGuard(database, path, { ...settings, closing });
    const store = writing
      ? writeStore(database, { ...settings, ...(closing && { closing }) }, guard)
      : readStore(database, settings);
    const owned = opened.move();
    return Object.assign(store, {
      async [Symbol.asyncDispose]() {
        store.close();
        owned.dispose();
        await Promise.resolve();
      },
    });
  } catch (error) {
    throw openingError(path, error);
  }
}

function prepareWriter(database: DatabaseSync, path: string): void {
  database.exec('PRAGMA journal_mode = WAL');
  database.exec('PRAGMA synchronous = FULL');
  database.exec('PRAGMA busy_timeout = 250');
  database.exec('PRAGMA journal_size_limit = 16777216');
  migrate(database, path);
}

type Opened = Omit<Store, typeof Symbol.asyncDispose> & { close(): void };

function readStore(database: DatabaseSync, settings: StoreSettings): Opened {
  const refuse = (): never => {
    throw new VerbError(
      'READ_ONLY',
      `Cannot change "${settings.stateDir}": it was opened for reading only. Start the daemon, or stop it and try again: telltale daemon`,
    );
  };
  return {
    mode: 'read',
    stateDir: settings.stateDir,
    ...alertReader(database),
    ...baselineReader(database),
    ...blockReader(database),
    ...outboxReader(database),
    ...livesReader(database),
    write: refuse,
    trimOutbox: refuse,
    retain: refuse,
    trouble: () => '',
    verify: (signal) => verifyChain(database, signal),
    close: () => undefined,
  };
}

function writeStore(
  database: DatabaseSync,
  settings: StoreSettings & { readonly closing?: Closing },
  guard: StoreGuard | undefined,
): Opened {
  const { clock } = settings.host;
  const chain = openChain(database);
  const writeRecord = recordWriter(database, chain, () => clock.nowMs());
  const trim = database.prepare('DELETE FROM outbox WHERE seq <= ?');
  const inTransaction = transactionsOf(database, chain);
  let begun = false;
  const commits = new GroupCommit(
    {
      transaction(groups: readonly (readonly StoreRecord[])[]) {
        inTransaction(() => {
          for (const records of groups) for (const record of records) writeRecord(record);
        });
        begun ||= settings.closing?.begun() ?? true;
      },
    },
    clock,
  );
  // Also while the disk refuses: a login link that worked, or a wrong password, must count at once (whoever can fill the
  // disk could try for ever). As many as there are names.
  const values = new Map<string, string>();
  const readers = outboxReader(database);
  return {
    mode: 'write',
    stateDir: settings.stateDir,
    ...afterFlush(commits, {
      ...alertReader(database),
      ...baselineReader(database),
      ...blockReader(database),
      ...readers,
      ...livesReader(database),
      value: (name) => (values.has(name) ? values.get(name) || undefined : readers.value(name)),
    }),
    write(records) {
      for (const record of records) if (record.kind === 'value') values.set(record.name, record.value);
      return commits.write(records);
    },
    trouble: () => commits.trouble,
    ...(guard && { guard }),
    trimOutbox(seq) {
      if (commits.trouble === '') trim.run(seq);
    },
    async verify(signal) {
      commits.flush();
      return await verifyChain(database, signal);
    },
    retain(beforeMs) {
      commits.flush();
      return Promise.resolve(inTransaction(() => removeOld(database, chain, { beforeMs, nowMs: clock.nowMs() })));
    },
    close: () => commits.close(),
  };
}

/** Runs work in a transaction that seals the chain, or leaves both as they were. */
function transactionsOf(database: DatabaseSync, chain: ReturnType<typeof openChain>) {
  return <T>(work: () => T): T => {
    const head = chain.head();
    database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      chain.seal();
      database.exec('COMMIT');
      return result;
    } catch (error) {
      chain.restore(head);
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  };
}

/** Readers see everything written before, also what waits for its commit. */
function afterFlush<T extends Readonly<Record<string, (...args: never[]) => unknown>>>(
  commits: GroupCommit,
  readers: T,
): T {
  const wrapped = Object.entries(readers).map(([name, read]) => [
    name,
    (...args: never[]) => {
      if (commits.trouble === '') commits.flush();
      return read(...args);
    },
  ]);
  return Object.fromEntries(wrapped) as T;
}
