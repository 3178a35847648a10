import assert from 'node:assert/strict';
import test from 'node:test';
import { defineTable, keyOf, type Row } from '#model/table.ts';
import { FakeClock } from '../../test/lab/fake-host.ts';
import { makeTemp } from '../../test/lab/temp.ts';
import { openStore } from './open.ts';
import { askSql } from './sql.ts';

const doors = defineTable({
  name: 'front-doors',
  doc: '',
  slot: [],
  columns: { port: ['int', '', 'identity'], exe: ['text', '', 'compared'], open: ['bool', ''], holders: ['list', ''] },
});

const row = (port: number, exe: string): Row => ({ port, exe, open: true, holders: ['a', 'b'] });

async function recorded() {
  const temp = await makeTemp();
  const stateDir = `${temp.path}/state`;
  const clock = new FakeClock(1_000_000);
  await using store = openStore({ stateDir, host: { clock }, mode: 'write' });
  const seen = (it: Row, sinceMs: number) =>
    ({ kind: 'seen', seen: { table: doors.name, key: keyOf(it, doors.key), row: it, sinceMs } }) as const;
  const change = (timeMs: number, change: object) =>
    ({
      kind: 'change',
      change: { id: clock.id(), timeMs, seenMs: timeMs, table: doors.name, change, by: 'look', count: 1 },
    }) as never;
  // 22 stands from the beginning; 80 was nginx, becomes nc at 3000; 4444 stood from 2000 to 4000; 9000 came at 5000.
  await store.write([
    seen(row(22, 'sshd'), 1_000),
    seen(row(80, 'nc'), 1_000),
    seen(row(9000, 'php'), 5_000),
    change(2_000, { type: 'added', after: row(4444, 'nc') }),
    change(3_000, { type: 'changed', before: row(80, 'nginx'), after: row(80, 'nc') }),
    change(4_000, { type: 'removed', before: row(4444, 'nc') }),
    change(5_000, { type: 'added', after: row(9000, 'php') }),
  ]);
  return { stateDir, [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose]() };
}

test('tables as they stand now and as they stood at any time', async () => {
  await using at = await recorded();
  const ask = (sql: string, atMs?: number) =>
    askSql({ stateDir: at.stateDir, tables: [doors], sql, atMs, limit: 100 }).rows.map((cells) => cells.join(' '));
  const sql = 'SELECT port, exe FROM front_doors ORDER BY port';
  assert.deepEqual(ask(sql), ['22 sshd', '80 nc', '9000 php']);
  assert.deepEqual(ask(sql, 4_500), ['22 sshd', '80 nc']);
  assert.deepEqual(ask(sql, 3_500), ['22 sshd', '80 nc', '4444 nc']);
  assert.deepEqual(ask(sql, 2_500), ['22 sshd', '80 nginx', '4444 nc']);
  assert.deepEqual(ask(sql, 1_500), ['22 sshd', '80 nginx']);
  assert.deepEqual(ask(sql, 500), ['80 nginx']);
  assert.deepEqual(ask("SELECT type, time_ms FROM changes WHERE table_name = 'front-doors' ORDER BY seq LIMIT 2"), [
    'added 2000',
    'changed 3000',
  ]);
  assert.deepEqual(ask('SELECT holders, open FROM front_doors WHERE port = 22', 4_500), ['["a","b"] 1']);
  assert.deepEqual(ask('SELECT holders, open FROM front_doors WHERE port = 22'), ['["a","b"] 1']);
});

test('it reads, one question at a time, and stops at its limit', async () => {
  await using at = await recorded();
  const ask = (sql: string, limit = 2) => askSql({ stateDir: at.stateDir, tables: [doors], sql, limit });
  const answer = ask('SELECT port FROM front_doors');
  assert.deepEqual([answer.columns, answer.rows.length, answer.more], [['port'], 2, true]);
  for (const sql of [
    'DELETE FROM seen',
    'DROP VIEW front_doors',
    "ATTACH '/etc/passwd' AS x",
    'PRAGMA journal_mode = DELETE',
    "SELECT load_extension('/tmp/x.so')",
    'SELECT 1; SELECT 2',
    'SELECT nothing FROM front_doors',
    'nonsense',
  ])
    assert.throws(() => ask(sql), { code: 'SQL' }, sql);
  assert.deepEqual(ask("SELECT ';' AS semicolon -- ; in a comment").rows, [[';']]);
  assert.throws(() => askSql({ stateDir: '/nonexistent/state', tables: [], sql: 'SELECT 1', limit: 1 }), {
    code: 'BAD_STATE_DIR',
  });
});
