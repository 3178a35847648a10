import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createWatch } from '#engine/watch.ts';
import type { Listener } from '#model/sensor.ts';
import { openStore } from '#store/open.ts';
import { fakeHost } from '#test/lab/fake-host.ts';
import { doorRules, FakeChannel, plainWords, Scene } from '#test/lab/fake-watch.ts';
import { lines, start } from '#test/lab/stage.ts';
import { makeTemp } from '#test/lab/temp.ts';

test('a listener that fails again and again is one alert that stays open; it hears again when that has lasted', async () => {
  await using temp = await makeTemp();
  const host = fakeHost();
  const scene = new Scene();
  const file = new FakeChannel('file', 'alerts');
  let isFull = true;
  const listener: Listener = {
    ...scene.listener,
    listen: (_host, signal) =>
      Promise.resolve({
        events: (async function* () {
          await host.clock.sleep(isFull ? 500 : 1e9, signal);
          if (isFull) throw new Error('database or disk is full');
          yield [];
        })(),
        lost: () => 0,
        by: 'ear',
        gaps: [],
        [Symbol.asyncDispose]: () => Promise.resolve(),
      }),
  };
  await using store = openStore({ stateDir: `${temp.path}/state`, host, mode: 'write' });
  await using watch = createWatch({
    host,
    store,
    sensors: [scene.sensor],
    listeners: [listener],
    rules: doorRules,
    channels: [file],
    words: plainWords,
    version: 'test',
  });
  await start(watch, host);
  const told = (): string[] => lines(file).filter((line) => line.includes('hears no more'));
  for (let second = 0; second < 200; second += 1) await host.clock.advance(1_000);
  assert.equal(told().length, 1, told().join('\n'));
  isFull = false;
  for (let second = 0; second < 120; second += 1) await host.clock.advance(1_000);
  assert.equal(told().length, 2);
  assert.match(told()[1] ?? '', /^update closed/);
});
