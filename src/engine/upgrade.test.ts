import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineRule, defineSensor } from '#model/sensor.ts';
import { type Columns, defineTable, type Row, type Table } from '#model/table.ts';
import { openStore } from '#store/open.ts';
import { type FakeHost, fakeHost } from '#test/lab/fake-host.ts';
import { FakeChannel, plainWords } from '#test/lab/fake-watch.ts';
import { lines, start, terminal } from '#test/lab/stage.ts';
import { makeTemp } from '#test/lab/temp.ts';
import { createWatch } from './watch.ts';

const words = { why: 'because', next: 'look' };

/** Lines of files, in the columns of one version of the program. */
const tableWith = (more: Columns, file = true): Table =>
  defineTable({
    name: 'lines',
    doc: 'Made-up lines of files.',
    slot: ['path'],
    ...(file && { file: 'path' as const }),
    columns: {
      path: ['text', 'File', 'identity'],
      line: ['text', 'Line of it', 'identity'],
      says: ['text', 'What it means', 'compared'],
      ...more,
    },
  });

/** One run of one version over the record: what it looked at, and what was told. */
async function run(
  at: { readonly host: FakeHost; readonly path: string },
  program: {
    readonly build: string;
    readonly version?: string;
    readonly table?: Table;
    readonly rows: readonly Row[];
  },
): Promise<{ readonly told: readonly string[]; readonly marks: readonly string[] }> {
  const { host, path } = at;
  const { build, version = '1.0', table = tableWith({}), rows } = program;
  const file = new FakeChannel('file', 'alerts');
  await using store = openStore({ stateDir: `${path}/state`, host, mode: 'write' });
  const look = () => Promise.resolve({ rows, gaps: [], by: 'test' });
  const rule = defineRule({
    id: 'line-told',
    doc: 'A line.',
    on: 'lines',
    table,
    attack: [],
    types: ['added', 'changed', 'removed'],
    samples: [],
    judge({ change }) {
      const row = change.type === 'removed' ? change.before : change.after;
      const title = `${change.type} ${String(row['line'])}`;
      const dangerous = row['says'] === 'root for all';
      return {
        ...words,
        severity: 'medium',
        subject: String(row['line']),
        title,
        facts: {},
        ...(dangerous && { dangerous }),
      };
    },
  });
  await using watch = createWatch({
    host,
    store,
    sensors: [defineSensor({ name: 'lines', doc: '', everyMs: 60_000, table, look })],
    listeners: [],
    rules: [rule],
    channels: [file],
    words: plainWords,
    version,
    ...(build !== '' && { build }),
  });
  await start(watch, host);
  await host.clock.advance(5_000);
  const shown = await watch.desk(terminal).ask('rows', { table: 'lines' });
  const marks = shown.rows.map(({ row, mark }) => `${String(row['line'])} ${mark}`);
  return { told: lines(file), marks };
}

/** A machine with a file of before the first run. */
async function place() {
  const stack = new AsyncDisposableStack();
  const temp = stack.use(await makeTemp());
  const host = fakeHost();
  const write = (path: string): void => {
    host.disk.set(path, { content: Buffer.from(''), ctimeMs: host.clock.nowMs(), inode: host.disk.size + 1 });
  };
  write('/etc/old');
  await host.clock.advance(60_000);
  return { host, path: temp.path, write, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const row = (line: string, more: Row = {}): Row => ({ path: '/etc/old', line, says: '', ...more });

test('what a new version sees for the first time in untouched files is normal, but for what is dangerous', async () => {
  await using at = await place();
  await run(at, { build: 'b1', rows: [row('a')] });
  await at.host.clock.advance(60_000);
  at.write('/etc/young');
  const rows = [row('a'), row('b'), row('c', { says: 'root for all' }), row('d', { path: '/etc/young' })];
  const { told, marks } = await run(at, { build: 'b2', rows });
  assert.deepEqual(told, [
    'open 1× added c',
    'open 1× added d',
    'closed 1× Telltale 1.0 runs in another build than before: b2, before b1',
  ]);
  assert.deepEqual(marks, ['a known', 'b known', 'c new', 'd new']);
  assert.deepEqual((await run(at, { build: 'b2', rows })).told, [], 'told once');
});

test('under the same version every new row is news', async () => {
  await using at = await place();
  await run(at, { build: 'b1', rows: [row('a')] });
  const { told } = await run(at, { build: 'b1', rows: [row('a'), row('b')] });
  assert.deepEqual(told, ['open 1× added b']);
});

test('what a version words otherwise, or does not see, is no change of an untouched file', async () => {
  await using at = await place();
  const before = [row('a'), row('b'), row('young', { path: '/etc/young' })];
  at.write('/etc/young');
  await run(at, { build: 'b1', rows: before });
  await at.host.clock.advance(60_000);
  at.write('/etc/young');
  const rows = [row('a', { says: 'more' }), row('young', { path: '/etc/young', says: 'more' })];
  const { told, marks } = await run(at, { build: 'b2', version: '2.0', rows });
  assert.deepEqual(told, ['open 1× changed young', 'closed 1× Telltale was upgraded from version 1.0 to 2.0']);
  assert.deepEqual(marks, ['a known', 'young new']);
  const { told: back } = await run(at, { build: 'b1', version: '1.0', rows: before });
  assert.ok(back.includes('closed 1× Telltale was taken back from version 2.0 to 1.0'), back.join('\n'));
});

test('a column that the version before did not have is no difference; a table of another identity is learned anew', async () => {
  for (const isFromFile of [true, false]) {
    await using at = await place();
    const table = tableWith({}, isFromFile);
    await run(at, { build: 'b1', table, rows: [row('a')] });
    const wider = tableWith({ openTo: ['text', 'Who may write', 'compared'] }, isFromFile);
    const first = await run(at, { build: 'b2', table: wider, rows: [row('a', { openTo: 'all' })] });
    assert.deepEqual(first.told, ['closed 1× Telltale 1.0 runs in another build than before: b2, before b1']);
    assert.deepEqual(first.marks, ['a known']);
    const rows = [row('a', { openTo: 'none' })];
    assert.deepEqual((await run(at, { build: 'b2', table: wider, rows })).told, ['open 1× changed a'], 'it counts');
    const keyed = tableWith({ number: ['int', 'Which one', 'identity'] }, isFromFile);
    const other = [row('x', { number: 1 }), row('y', { number: 2 })];
    const { told, marks } = await run(at, { build: 'b3', table: keyed, rows: other });
    const opened = told.filter((line) => line.startsWith('open'));
    assert.deepEqual(opened, ['open 1× added x'], 'in the place of what nobody decided about');
    assert.deepEqual(marks, ['x new', 'y known']);
  }
});

test('a record of a version that noted nothing is taken over, and what was accepted stays so', async () => {
  await using at = await place();
  await run(at, { build: '', rows: [row('a')] });
  await at.host.clock.advance(60_000);
  const { told, marks } = await run(at, { build: 'b1', rows: [row('a', { says: 'more' }), row('b')] });
  assert.deepEqual(told, ['closed 1× Telltale was upgraded from an older version to 1.0']);
  assert.deepEqual(marks, ['a known', 'b known']);
});
