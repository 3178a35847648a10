import assert from 'node:assert/strict';
import test from 'node:test';
import { defineSensor } from '#model/sensor.ts';
import { defineTable } from '#model/table.ts';
import { openStore } from '#store/open.ts';
import { fakeHost } from '../../test/lab/fake-host.ts';
import { plainWords, Stream } from '../../test/lab/fake-watch.ts';
import { start } from '../../test/lab/stage.ts';
import { makeTemp } from '../../test/lab/temp.ts';
import { createWatch } from './watch.ts';

const columns = { path: ['text', 'File', 'identity'] } as const;
const table = defineTable({ name: 'entries', doc: '', slot: [], file: 'path', columns });

test('while dpkg works a touched file is looked at a second later, when it is written down whose it is', async () => {
  await using temp = await makeTemp();
  const host = fakeHost();
  const stream = new Stream();
  let looks = 0;
  const sensor = defineSensor({
    name: 'entries',
    doc: '',
    everyMs: 60_000,
    table,
    look: () => {
      looks += 1;
      return Promise.resolve({ rows: [], gaps: [], by: 'test' });
    },
  });
  const listener = {
    name: 'entry-files',
    doc: '',
    table: 'entries',
    listen: (_host: unknown, signal: AbortSignal) => {
      signal.addEventListener('abort', () => stream.end(), { once: true });
      const disposed = { [Symbol.asyncDispose]: () => Promise.resolve() };
      return Promise.resolve({ events: stream, lost: () => 0, by: 'test', gaps: [], ...disposed });
    },
  };
  await using store = openStore({ stateDir: `${temp.path}/state`, host, mode: 'write' });
  const parts = { host, store, sensors: [sensor], listeners: [listener], rules: [], channels: [], words: plainWords };
  await using watch = createWatch({ ...parts, version: 'test' });
  await start(watch, host);
  const looksWithin = async (ms: number): Promise<number> => {
    const before = looks;
    stream.push({ timeMs: host.clock.nowMs(), kind: 'stale', table: 'entries' });
    await host.clock.advance(ms);
    return looks - before;
  };
  assert.equal(await looksWithin(400), 1);
  host.packageRun = { startedMs: host.clock.nowMs(), endedMs: 0, packages: new Map() };
  assert.equal(await looksWithin(400), 0);
  await host.clock.advance(1_000);
  assert.equal(looks, 3);
});
