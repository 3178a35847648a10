import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Who } from '#model/finding.ts';
import { defineRule, defineSensor } from '#model/sensor.ts';
import { defineTable, type Row } from '#model/table.ts';
import { openStore } from '#store/open.ts';
import { fakeHost } from '#test/lab/fake-host.ts';
import { FakeChannel, plainWords } from '#test/lab/fake-watch.ts';
import { start } from '#test/lab/stage.ts';
import { createWatch } from './watch.ts';

const chains = defineTable({
  name: 'chains',
  doc: 'Made-up chains.',
  slot: [],
  columns: { name: ['text', 'Name', 'identity'], rules: ['int', 'Rules', 'compared'] },
});

test('where neither rule nor file says who it was, the sensor is asked, also of what is gone', async () => {
  const host = fakeHost();
  let rows: readonly Row[] = [{ name: 'in', rules: 1 }];
  const asked: unknown[] = [];
  const sensor = defineSensor<Row>({
    name: 'chains',
    doc: '',
    everyMs: 10_000,
    table: chains,
    look: () => Promise.resolve({ rows, gaps: [], by: 'test' }),
    doer(_host, row) {
      asked.push(row['rules']);
      return { comm: 'nft' } as Who;
    },
  });
  const rule = defineRule<Row>({
    id: 'chain',
    doc: 'A chain.',
    on: 'chains',
    table: chains,
    attack: [],
    types: ['added', 'changed', 'removed'],
    samples: [],
    judge: ({ change }) => ({
      severity: 'medium',
      subject: change.type,
      title: change.type,
      why: 'because',
      next: 'look',
      facts: {},
      dangerous: true,
    }),
  });
  const file = new FakeChannel('file', 'alerts');
  await using store = openStore({ stateDir: '', host, mode: 'nothing' });
  const parts = { host, store, sensors: [sensor], listeners: [], rules: [rule], channels: [file] };
  await using watch = createWatch({ ...parts, words: plainWords, version: 'test' });
  await start(watch, host);
  rows = [{ name: 'in', rules: 2 }];
  await host.clock.advance(11_000);
  rows = [];
  await host.clock.advance(11_000);
  const told = file.told
    .filter(({ update }) => !update)
    .map(({ alert: { finding } }) => [finding.title, finding.who?.comm]);
  assert.deepEqual(told, [
    ['added', undefined],
    ['changed', 'nft'],
    ['removed', 'nft'],
  ]);
  assert.deepEqual(asked, [2, 2], 'not of what is learned');
});
