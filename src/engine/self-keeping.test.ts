import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { Kernel, Space } from '#model/kernel.ts';
import { type FakeHost, fakeHost } from '#test/lab/fake-host.ts';
import { lines, stage, terminal } from '#test/lab/stage.ts';
import { makeTemp } from '#test/lab/temp.ts';

const MINUTE_MS = 61_000;
const HOUR_MS = 3_601_000;

test('a store that somebody else writes to is told within a minute, and only once', async () => {
  await using temp = await makeTemp();
  await using it = await stage({ path: temp.path });
  await it.host.clock.advance(MINUTE_MS);
  assert.deepEqual(lines(it.file), []);
  const other = new DatabaseSync(`${temp.path}/state/telltale.db`);
  other.exec("INSERT OR REPLACE INTO meta (name, value) VALUES ('x', 'y')");
  other.close();
  await it.host.clock.advance(3 * MINUTE_MS);
  assert.deepEqual(lines(it.file), [
    'open 1× The store was changed behind the back of the watch: another process wrote to the store while the watch runs',
  ]);
});

test('a store that was exchanged while nobody watched is told at the start', async () => {
  await using temp = await makeTemp();
  await using it = await stage({ path: temp.path });
  await it.host.clock.advance(MINUTE_MS);
  await it.watch[Symbol.asyncDispose]();
  await it.store[Symbol.asyncDispose]();
  writeFileSync(`${temp.path}/state/newest-record`, `{"seq":1,"hash":"${'0'.repeat(64)}","timeMs":1}\n`);
  await using next = await stage({ path: temp.path, host: it.host });
  assert.ok(
    lines(next.file).some((line) =>
      line.startsWith('open 1× The store was changed while the watch did not run: record 1'),
    ),
    lines(next.file).join('\n'),
  );
});

test('a clock that was set back over a stop is told', async () => {
  await using temp = await makeTemp();
  await using it = await stage({ path: temp.path });
  await it.host.clock.advance(MINUTE_MS);
  await it.watch[Symbol.asyncDispose]();
  await it.store[Symbol.asyncDispose]();
  it.host.clock.step(-86_400_000);
  await using next = await stage({ path: temp.path, host: it.host });
  assert.match(lines(next.file).join('\n'), /^closed 1× The clock of this host is .* before the newest record/m);
});

test('the whole chain is read again each night, and a break is told', async () => {
  await using temp = await makeTemp();
  await using it = await stage({ path: temp.path });
  const other = new DatabaseSync(`${temp.path}/state/telltale.db`);
  other.exec("UPDATE chain SET body = '{}' WHERE seq = 1");
  other.close();
  await it.host.clock.advance(HOUR_MS);
  await new Promise((resolve) => setTimeout(resolve, 50));
  await it.host.clock.advance(MINUTE_MS);
  const told = it.file.told.filter(({ alert }) => alert.finding.rule === 'store-edited');
  assert.ok(told.length >= 1);
  assert.ok(told.some(({ alert }) => /not whole at record 1|behind the back/.test(alert.finding.title)));
  assert.ok(
    told.some(({ alert }) => alert.count > 1),
    'the break is told as well',
  );
});

test('a disk that fills is told, and closes when there is room again', async () => {
  let freeBytes = 100 << 20;
  const space = (): Space => ({ totalBytes: 2 ** 40, freeBytes, totalInodes: 0, freeInodes: 0 });
  const host: FakeHost = Object.assign(fakeHost(), { kernel: { space } as unknown as Kernel });
  await using it = await stage({ host });
  await host.clock.advance(2_000);
  freeBytes = 300 << 20;
  await host.clock.advance(MINUTE_MS);
  freeBytes = 2 ** 40;
  await host.clock.advance(MINUTE_MS);
  assert.deepEqual(lines(it.file), [
    'open 1× Only 100 MiB are left for what the watch records',
    'update closed 1× Only 100 MiB are left for what the watch records',
  ]);
});

test('on a small disk of its own there is room again when there is by its own measure', async () => {
  let freeBytes = 1 << 20;
  const space = (): Space => ({ totalBytes: 40 << 20, freeBytes, totalInodes: 0, freeInodes: 0 });
  const host: FakeHost = Object.assign(fakeHost(), { kernel: { space } as unknown as Kernel });
  await using it = await stage({ host });
  await host.clock.advance(2_000);
  freeBytes = 5 << 20;
  await host.clock.advance(MINUTE_MS);
  assert.equal(lines(it.file).length, 1);
  freeBytes = 14 << 20;
  await host.clock.advance(MINUTE_MS);
  assert.deepEqual(lines(it.file).slice(1), ['update closed 1× Only 1 MiB are left for what the watch records']);
});

test('who makes the baseline anew, or deletes it, is told of', async () => {
  await using it = await stage();
  const desk = it.watch.desk(terminal);
  const made = desk.ask('baseline.generate', { reason: 'moved' });
  await it.host.clock.advance(1000);
  await made;
  const deleted = desk.ask('baseline.delete', { reason: 'x' });
  await it.host.clock.advance(1000);
  await deleted;
  const told = it.file.told.map(({ alert }) => alert).filter(({ finding }) => finding.rule === 'baseline-renewed');
  assert.equal(new Set(told.map(({ id }) => id)).size, 2, 'two deeds');
  assert.deepEqual(
    told.map(({ state, finding }) => `${state}: ${finding.title}, ${String(finding.facts['reason'])}`),
    [
      'closed: root made what stands now normal: 0 rows (terminal), moved',
      'closed: root deleted the baseline of 0 rows (terminal), x',
    ],
  );
});
