import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { openClock } from '#host/clock.ts';
import type { Store } from '#model/store.ts';
import { makeTemp } from '#test/lab/temp.ts';
import { openStore } from './open.ts';

const open = (stateDir: string, mode: 'write' | 'read' | 'nothing' = 'write'): Store =>
  openStore({ stateDir, host: { clock: openClock() }, mode });
const act = { timeMs: 1, what: 'start', by: 'telltale', words: 'x' } as const;

async function filled(stateDir: string): Promise<void> {
  await using store = open(stateDir);
  await store.write([
    { kind: 'act', act },
    { kind: 'act', act },
  ]);
  assert.equal(store.guard?.note(5), '');
}

test('our own writing and somebody’s reading are nothing; another’s writing is told once', async () => {
  await using temp = await makeTemp();
  const stateDir = `${temp.path}/state`;
  await using store = open(stateDir);
  await store.write([{ kind: 'act', act }]);
  await using reader = open(stateDir, 'read');
  assert.equal(reader.chain().records, 1);
  await reader.verify(new AbortController().signal);
  assert.equal(store.guard?.meddled(), '');
  const other = new DatabaseSync(`${stateDir}/telltale.db`);
  other.exec("UPDATE chain SET body = '{}' WHERE seq = 1");
  other.close();
  assert.match(store.guard?.meddled() ?? '', /another process wrote/);
  assert.equal(store.guard?.meddled(), '');
  await store.write([{ kind: 'act', act }]);
  assert.equal(store.guard?.meddled(), '');
});

test('a store whose file is exchanged while we run is told', async () => {
  await using temp = await makeTemp();
  const stateDir = `${temp.path}/state`;
  await using store = open(stateDir);
  renameSync(`${stateDir}/telltale.db`, `${stateDir}/old.db`);
  assert.match(store.guard?.meddled() ?? '', /removed or exchanged/);
  assert.equal(store.guard?.meddled(), '');
  renameSync(`${stateDir}/old.db`, `${stateDir}/telltale.db`);
});

test('after a stop the store goes on from the record that was noted', async () => {
  await using temp = await makeTemp();
  const stateDir = `${temp.path}/state`;
  await filled(stateDir);
  assert.equal(statSync(`${stateDir}/newest-record`).mode & 0o777, 0o600);
  await using store = open(stateDir);
  assert.equal(store.guard?.strayed(), '');
});

test('an older copy, another record and a damaged note are told; a lost note is not', async () => {
  await using temp = await makeTemp();
  const stateDir = `${temp.path}/state`;
  await (await Promise.resolve(open(stateDir)))[Symbol.asyncDispose]();
  copyFileSync(`${stateDir}/telltale.db`, `${temp.path}/old.db`);
  await filled(stateDir);
  const strayed = async (): Promise<string> => {
    await using store = open(stateDir);
    return store.guard?.strayed() ?? '';
  };
  copyFileSync(`${stateDir}/telltale.db`, `${temp.path}/new.db`);
  copyFileSync(`${temp.path}/old.db`, `${stateDir}/telltale.db`);
  assert.match(await strayed(), /ends at record 0, but the watch last knew of record 2/);
  copyFileSync(`${temp.path}/new.db`, `${stateDir}/telltale.db`);
  assert.match(await strayed(), /not as it was left/);
  assert.equal(await strayed(), '');
  const note = readFileSync(`${stateDir}/newest-record`, 'utf8');
  writeFileSync(`${stateDir}/newest-record`, note.replace(/[0-9a-f]{64}/, 'a'.repeat(64)));
  assert.match(await strayed(), /record 2 is not the one/);
  writeFileSync(`${stateDir}/newest-record`, 'nonsense');
  assert.match(await strayed(), /damaged/);
  writeFileSync(`${stateDir}/newest-record`, '');
  assert.equal(await strayed(), '');
});

test('a store that is kept nowhere or only read has no guard', async () => {
  await using temp = await makeTemp();
  await using nothing = open(temp.path, 'nothing');
  assert.equal(nothing.guard, undefined);
  assert.ok(!existsSync(`${temp.path}/newest-record`));
});

test('what is written while nobody runs is told at the next start, whichever table it is', async () => {
  await using temp = await makeTemp();
  const stateDir = `${temp.path}/state`;
  await filled(stateDir);
  const other = new DatabaseSync(`${stateDir}/telltale.db`);
  other.exec("INSERT INTO seen (tbl, key, since_ms, body) VALUES ('sockets', 'evil', 1, '{}')");
  other.close();
  {
    // A command that only writes is not who tells, and must not bless it.
    await using command = open(stateDir);
    await command.write([{ kind: 'act', act }]);
  }
  {
    await using store = open(stateDir);
    assert.match(store.guard?.strayed() ?? '', /not as it was left: somebody wrote to it/);
  }
  await using store = open(stateDir);
  assert.equal(store.guard?.strayed(), '', 'told once');
});

test('opening, reading and closing it ourselves is nothing, and neither is a crash', async () => {
  await using temp = await makeTemp();
  const stateDir = `${temp.path}/state`;
  for (let turn = 0; turn < 3; turn += 1) {
    await filled(stateDir);
    await using reader = open(stateDir, 'read');
    assert.ok(reader.chain().records > 0);
    await using store = open(stateDir);
    assert.equal(store.guard?.strayed(), '');
    assert.equal(existsSync(`${stateDir}/closed-as`), false, 'a crash from here on leaves no note that is too old');
    await store.write([{ kind: 'act', act }]);
    assert.match(readFileSync(`${stateDir}/closed-as`, 'utf8'), /^open \d+\n$/);
  }
});

async function crashed(stateDir: string, acked: string): Promise<void> {
  const writer = `${import.meta.dirname}/../../test/lab/killed-writer.ts`;
  const child = spawn(process.execPath, [writer, stateDir, acked], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  await once(child.stdout, 'data');
  while (!existsSync(`${stateDir}/closed-as`)) await pause(10);
  child.kill('SIGKILL');
  await ended;
}

test('what is written, or exchanged, after a crash is told; a crash alone, and reading after it, is nothing', async () => {
  await using temp = await makeTemp();
  const stateDir = `${temp.path}/state`;
  const strayed = async (): Promise<string> => {
    await using store = open(stateDir);
    return store.guard?.strayed() ?? '';
  };
  await crashed(stateDir, `${temp.path}/acked`);
  {
    await using reader = open(stateDir, 'read');
    assert.ok(reader.seen().length > 0);
  }
  assert.equal(await strayed(), '');
  await crashed(stateDir, `${temp.path}/acked`);
  const other = new DatabaseSync(`${stateDir}/telltale.db`);
  other.exec("DELETE FROM seen WHERE tbl = 't'");
  other.close();
  assert.match(await strayed(), /journal is gone since: somebody opened the store/);
  assert.equal(await strayed(), '', 'told once');
  await crashed(stateDir, `${temp.path}/acked`);
  copyFileSync(`${stateDir}/telltale.db`, `${stateDir}/new.db`);
  renameSync(`${stateDir}/new.db`, `${stateDir}/telltale.db`);
  assert.match(await strayed(), /its file is another one since/);
});

test('a journal that was put beside the closed store is told', async () => {
  await using temp = await makeTemp();
  const stateDir = `${temp.path}/state`;
  await filled(stateDir);
  writeFileSync(`${stateDir}/telltale.db-wal`, 'not a journal');
  await using store = open(stateDir);
  assert.match(store.guard?.strayed() ?? '', /not as it was left/);
});

test('a state directory that was removed and made anew is told by the witness outside of it', async () => {
  await using temp = await makeTemp();
  const stateDir = `${temp.path}/state`;
  const witness = `${temp.path}/run/known`;
  const start = (): Store => openStore({ stateDir, host: { clock: openClock() }, mode: 'write', witness });
  const live = async (): Promise<string> => {
    await using store = start();
    const strayed = store.guard?.strayed() ?? '';
    await store.write([{ kind: 'act', act }]);
    store.guard?.note(5);
    return strayed;
  };
  assert.equal(await live(), '', 'the first start');
  assert.equal(await live(), '');
  rmSync(stateDir, { recursive: true });
  assert.match(await live(), /it is empty, though it had 2 records/);
  assert.equal(await live(), '');
});

test('an empty store beside a file of alerts that were told before is told', async () => {
  await using temp = await makeTemp();
  const stateDir = `${temp.path}/state`;
  const path = `${temp.path}/alerts.jsonl`;
  const strayed = async (): Promise<string> => {
    const host = { clock: openClock() };
    await using store = openStore({ stateDir, host, mode: 'write', alertFiles: ['/nowhere', temp.path, path] });
    const words = store.guard?.strayed() ?? '';
    await store.write([{ kind: 'act', act }]);
    return words;
  };
  writeFileSync(path, 'somebody else writes there\n');
  assert.equal(await strayed(), '');
  writeFileSync(path, '{"v":1,"id":"x"}\n');
  assert.equal(await strayed(), '');
  rmSync(stateDir, { recursive: true });
  assert.match(await strayed(), /it is empty, though ".*alerts\.jsonl" has alerts of before/);
});
