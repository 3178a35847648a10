import assert from 'node:assert/strict';
import test from 'node:test';
import { defineSensor } from '#model/sensor.ts';
import { defineTable } from '#model/table.ts';
import { openStore } from '#store/open.ts';
import { fakeHost } from '../../test/lab/fake-host.ts';
import { FakeChannel, plainWords } from '../../test/lab/fake-watch.ts';
import { lines, stage, start } from '../../test/lab/stage.ts';
import { makeTemp } from '../../test/lab/temp.ts';
import { createWatch } from './watch.ts';

const table = defineTable({ name: 'things', doc: '', slot: [], columns: { path: ['text', '', 'identity'] } });

test('a watch that was stopped waited for nothing; one that was crowded out did, and that is a note', async () => {
  const toldAfter = async (waitedMs: number) => {
    await using it = await stage();
    const { clock, files } = it.host;
    const [moving, reading] = [clock.monotonicMs.bind(clock), files.read.bind(files)];
    let stoodMs = 0;
    clock.monotonicMs = () => moving() + stoodMs;
    files.read = (path, max) =>
      path === '/proc/self/schedstat' ? Buffer.from(`5 ${stoodMs === 0 ? 7 : waitedMs * 1e6} 9\n`) : reading(path, max);
    await clock.advance(5_000);
    stoodMs = 60_000;
    await clock.advance(5_000);
    const found = it.file.told.find(({ alert }) => alert.finding.rule === 'sensor-silent');
    return [found?.alert.finding.severity, found?.alert.finding.title];
  };
  const stood = 'The watch stood still for 61 s: it was stopped (SIGSTOP), or this host slept';
  assert.deepEqual(await toldAfter(900), ['medium', stood]);
  assert.deepEqual(await toldAfter(50_000), ['low', 'The watch had no time for 61 s: this host was too busy']);
});

/** What is told when so many looks do not end, each begun 60 s after the last. */
async function toldOf(hanging: number): Promise<readonly string[]> {
  await using temp = await makeTemp();
  const host = fakeHost();
  const file = new FakeChannel('file', 'alerts');
  let left = 0;
  const sensor = defineSensor({
    name: 'things',
    doc: '',
    everyMs: 60_000,
    table,
    look: () => {
      if (left === 0) return Promise.resolve({ rows: [], gaps: [], by: 'test' });
      left -= 1;
      return new Promise<never>(() => undefined);
    },
  });
  await using store = openStore({ stateDir: `${temp.path}/state`, host, mode: 'write' });
  const parts = { host, store, sensors: [sensor], listeners: [], rules: [], channels: [file], words: plainWords };
  await using watch = createWatch({ ...parts, version: 'test' });
  await start(watch, host);
  left = hanging;
  for (let seconds = 0; seconds < 240; seconds += 10) await host.clock.advance(10_000);
  return lines(file);
}

test('a look that does not end is one of a busy machine; a second one in a row is told as blindness', async () => {
  const slow = 'A look of sensor "things" gave up after 30 s';
  assert.deepEqual(await toldOf(1), [`open 1× ${slow}`, `update closed 1× ${slow}`]);
  const failed = 'Sensor "things" cannot look: gave up after 30 s';
  const told = await toldOf(2);
  assert.deepEqual(told.slice(0, 2), [`open 1× ${slow}`, `open 1× ${failed}`]);
  assert.deepEqual(told.slice(2).toSorted(), [`update closed 1× ${slow}`, `update closed 1× ${failed}`].toSorted());
});
