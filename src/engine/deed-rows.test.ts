import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoredAlert } from '#model/store.ts';
import { type Door, door } from '#test/lab/fake-watch.ts';
import { lines, type Stage, stage, start, terminal } from '#test/lab/stage.ts';
import { withoutRow } from './deed-rows.ts';

const inFile = (port: number, more: Partial<Door> = {}): Door => door(port, { file: '/etc/doors', ...more });

async function looked(it: Stage, rows: Door[]): Promise<void> {
  it.scene.rows = rows;
  await it.host.clock.advance(12_000);
}

test('rows of one file that appear at once are one alert: the gravest leads, the others are counted and named', async () => {
  await using it = await stage();
  await looked(it, [inFile(4001), inFile(4002), inFile(80), inFile(4003), door(9000)]);
  assert.deepEqual(lines(it.file), ['open 1× /usr/bin/nc opened 80 (and 3 more)', 'open 1× /usr/bin/nc opened 9000']);
  const [notice] = it.file.told;
  assert.equal(notice?.alert.finding.severity, 'high');
  assert.equal(notice?.incident.title, '/usr/bin/nc opened 80 (and 3 more)');
  const also = [4001, 4002, 4003].map((port) => `/usr/bin/nc opened ${port}`);
  assert.deepEqual(notice?.alert.finding.facts['also'], also);
  assert.deepEqual(Object.keys(notice?.alert ?? {}).includes('deed'), false, 'how it is kept is nobody’s business');
});

test('rows of several files that name one deed are one alert, and others beside them their own', async () => {
  await using it = await stage();
  const hook = (port: number): Door => door(port, { file: `/repo/hooks/${port}`, deed: '/repo/hooks/' });
  await looked(it, [hook(4001), hook(4002), hook(4003), door(9000, { file: '/repo/other' })]);
  assert.deepEqual(lines(it.file), ['open 1× /usr/bin/nc opened 4001 (and 2 more)', 'open 1× /usr/bin/nc opened 9000']);
});

test('parts that say which deed they are of are one alert', async () => {
  await using it = await stage();
  const part = (port: number): Door => door(port, { file: `/etc/d/${port}`, deed: '/etc/d/', part: true });
  await looked(it, [part(4001), part(4002)]);
  assert.deepEqual(lines(it.file), ['open 1× /usr/bin/nc opened 4001 (and 1 more)']);
});

test('what it means, found in the same turn after a part of it, is what the opening line says', async () => {
  await using it = await stage();
  await looked(it, [inFile(4001, { part: true }), inFile(80)]);
  assert.deepEqual(
    it.file.told.map(({ update, alert }) => [update, alert.finding.title, alert.finding.facts['also']]),
    [[false, '/usr/bin/nc opened 80', ['/usr/bin/nc opened 4001']]],
  );
});

test('such an alert ends with the last of its rows, also after a restart', async () => {
  await using it = await stage();
  await looked(it, [inFile(80), inFile(4001), inFile(4002)]);
  await looked(it, [inFile(4001), inFile(4002)]);
  assert.equal(it.file.told.at(-1)?.alert.state, 'open');
  await using later = await it.again();
  await looked(later, [inFile(4002)]);
  assert.equal(later.file.told.at(-1)?.alert.state ?? 'open', 'open');
  await looked(later, []);
  assert.deepEqual(lines(later.file).at(-1), 'update closed 1× /usr/bin/nc opened 80 (and 2 more)');
});

test('another deed to the file is another alert, and the same again after the end opens the first', async () => {
  await using it = await stage();
  await looked(it, [inFile(80), inFile(4001)]);
  await looked(it, [inFile(80), inFile(4001), inFile(4005)]);
  assert.deepEqual(
    lines(it.file).filter((line) => !line.startsWith('update')),
    ['open 1× /usr/bin/nc opened 80 (and 1 more)', 'open 1× /usr/bin/nc opened 4005'],
  );
  await looked(it, []);
  await looked(it, [inFile(80), inFile(4001), inFile(4002)]);
  assert.equal(lines(it.file).at(-1), 'update open 2× /usr/bin/nc opened 80 (and 2 more)');
});

test('to accept it is to accept all its rows, and to take that back takes all back', async () => {
  await using it = await stage();
  await looked(it, [inFile(80), inFile(4001)]);
  const desk = it.watch.desk(terminal);
  const id = it.file.told[0]?.alert.id ?? '';
  /** A write waits for its group, so the time must go on. */
  const done = async (answer: Promise<unknown>): Promise<void> => {
    await it.host.clock.advance(200);
    await answer;
  };
  await done(desk.ask('accept', { ids: [id], reason: 'ours', scope: 'exact', untilMs: 0, dryRun: false }));
  const marks = async (): Promise<unknown[]> =>
    (await desk.ask('rows', { table: 'doors' })).rows.map(({ row, mark }) => [row['port'], mark]);
  assert.deepEqual(await marks(), [
    [80, 'known'],
    [4001, 'known'],
  ]);
  await done(desk.ask('unmute', { ids: [id], reason: 'not ours' }));
  assert.deepEqual((await marks()).map((mark) => (mark as unknown[])[1]).includes('known'), false);
});

test('what leads stays when its own row goes first', () => {
  const alert = {
    key: 'a',
    fingerprint: 'A',
    deed: { title: 't', rows: [{ key: 'b', fingerprint: 'B' }], more: 1 },
  } as unknown as StoredAlert;
  const rest = withoutRow(alert, 'a');
  assert.deepEqual([rest?.key, rest?.fingerprint], ['b', 'A']);
  assert.equal(rest && withoutRow(rest, 'b'), undefined);
});

test('before anything is normal, what is changed and changed back is over all the same', async () => {
  await using it = await stage({ start: false });
  it.scene.partial = true;
  it.scene.rows = [door(80)];
  await start(it.watch, it.host);
  await looked(it, [door(80, { state: 'deleted' })]);
  assert.deepEqual(lines(it.file), ['open 1× /usr/bin/nc is deleted']);
  await looked(it, [door(80)]);
  assert.deepEqual(lines(it.file).at(-1), 'update closed 1× /usr/bin/nc is deleted');
});
