import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { makeTemp } from '#test/lab/temp.ts';
import { removeForgotten } from './forgotten-instances.ts';

test('old instances that nobody reads go; young ones, those in use and those of others stay', async () => {
  await using temp = await makeTemp();
  const nowMs = Date.now();
  const make = (name: string, ageMs: number): void => {
    const path = `${temp.path}/instances/${name}`;
    mkdirSync(path, { recursive: true });
    utimesSync(path, (nowMs - ageMs) / 1000, (nowMs - ageMs) / 1000);
  };
  for (const name of ['telltale-0a1b', 'telltale-0a1b-processes', 'telltale-0a1b-reads']) make(name, 3_600_000);
  for (const name of ['telltale-test-1', 'telltale-0a1b-x', 'somebody']) make(name, 3_600_000);
  make('telltale-ffff', 10_000);
  // In use: here the folder that is not empty stands for it.
  make('telltale-eeee', 0);
  writeFileSync(`${temp.path}/instances/telltale-eeee/open`, '');
  make('telltale-eeee', 3_600_000);
  await removeForgotten(temp.path, nowMs);
  assert.deepEqual(
    readdirSync(`${temp.path}/instances`).toSorted(),
    ['somebody', 'telltale-0a1b-x', 'telltale-eeee', 'telltale-ffff', 'telltale-test-1'].toSorted(),
  );
  await removeForgotten(`${temp.path}/nowhere`, nowMs);
});
