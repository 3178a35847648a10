import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStore } from '#store/open.ts';
import { fakeHost, settle } from '#test/lab/fake-host.ts';
import { door, doors, FakeChannel, plainWords, Scene } from '#test/lab/fake-watch.ts';
import { lines, stage, start, terminal } from '#test/lab/stage.ts';
import { makeTemp } from '#test/lab/temp.ts';
import { createWatch } from './watch.ts';

test('a sensor that fails is an alert, and it closes when it works again', async () => {
  await using it = await stage();
  it.scene.fail = new Error('EIO');
  await it.host.clock.advance(40_000);
  it.scene.fail = undefined;
  await it.host.clock.advance(20_000);
  assert.deepEqual(lines(it.file), [
    'open 1× Sensor "doors" cannot look: EIO',
    'update closed 1× Sensor "doors" cannot look: EIO',
  ]);
});

test('lost events are told with their number and followed by a look', async () => {
  await using it = await stage();
  const looks = it.scene.looks;
  it.scene.lost = 2857;
  await it.host.clock.advance(1_500);
  assert.deepEqual(lines(it.file), ['open 1× 2857 events were lost by "door-events"']);
  assert.ok(it.scene.looks > looks);
});

test('a loss of what many listeners hear by is one alert, and each table takes a look', async () => {
  await using temp = await makeTemp();
  const host = fakeHost();
  await using store = openStore({ stateDir: `${temp.path}/state`, host, mode: 'write' });
  const file = new FakeChannel('file', 'alerts');
  const names = ['one', 'two', 'three'];
  const scenes = names.map(() => new Scene());
  const tables = names.map((name) => ({ ...doors, name }));
  const sensors = scenes.map(({ sensor }, index) => ({
    ...sensor,
    name: names[index] ?? '',
    table: tables[index] ?? doors,
  }));
  const listeners = scenes.map(({ listener }, index) => ({
    ...listener,
    name: `${names[index]}-events`,
    table: names[index] ?? '',
  }));
  const parts = { host, store, sensors, listeners, rules: [], channels: [file], words: plainWords, version: 'test' };
  await using watch = createWatch(parts);
  await start(watch, host);
  const looks = scenes.map((scene) => scene.looks);
  for (const scene of scenes) scene.lost = 7;
  await host.clock.advance(1_500);
  assert.deepEqual(lines(file), ['open 1× 7 events were lost by made-up events, which 3 listeners hear by']);
  assert.deepEqual(file.told[0]?.alert.finding.facts['listeners'], ['one-events', 'two-events', 'three-events']);
  for (const [index, scene] of scenes.entries()) assert.ok(scene.looks > (looks[index] ?? 0));
  const [alone] = scenes;
  if (alone !== undefined) alone.lost = 8;
  await host.clock.advance(1_500);
  await host.clock.advance(3_700_000);
  assert.deepEqual(lines(file).slice(1), [
    'update open 2× 8 events were lost by "one-events"',
    'update closed 2× 8 events were lost by "one-events"',
  ]);
});

test('an empty batch makes the watch look at what was lost at once', async () => {
  await using it = await stage();
  it.scene.lost = 3;
  it.scene.stream.push();
  await settle();
  const { changes } = await it.watch.desk(terminal).ask('changes', {});
  assert.deepEqual(
    changes.map(({ incident }) => incident.title),
    ['3 events were lost by "door-events"'],
  );
});

test('a set clock is told', async () => {
  await using it = await stage();
  it.host.clock.step(3_600_000);
  await it.host.clock.advance(2_000);
  assert.deepEqual(lines(it.file), ['closed 1× The clock of this host was set forward by 3600 s']);
});

test('the hand of a package run and our own explain, and what is explained is normal', async () => {
  await using it = await stage();
  it.host.packaged.set('/usr/bin/nc', { name: 'netcat', verify: 'same' });
  it.host.packageRun = { startedMs: 1, endedMs: 0, packages: new Map([['netcat', 'netcat 1 → 2']]) };
  it.scene.rows = [door(4444)];
  await it.host.clock.advance(12_000);
  assert.deepEqual(lines(it.file), [], 'it is told with the run');
  it.host.packageRun = { ...it.host.packageRun, endedMs: it.host.clock.nowMs() };
  await it.host.clock.advance(6_000);
  const [notice] = it.file.told;
  assert.equal(it.file.told.length, 1);
  assert.equal(notice?.alert.explainedBy, 'package run: netcat 1 → 2');
  assert.equal(notice.alert.state, 'closed');
  const { rows } = await it.watch.desk(terminal).ask('rows', { table: 'doors' });
  assert.deepEqual(
    rows.map(({ mark }) => mark),
    ['known'],
  );
  it.host.packageRun = undefined;
  it.host.own.add(1000 + 5555);
  it.scene.rows = [door(4444), door(5555)];
  await it.host.clock.advance(12_000);
  assert.equal(it.file.told.at(-1)?.alert.explainedBy, 'Telltale itself');
});

test('what is explained is told once, however often it comes, and is counted', async () => {
  await using it = await stage();
  const seen: number[] = [];
  it.watch.follow((pushed) => {
    if (pushed.type === 'alert' && pushed.alert.finding.rule === 'deleted-door') seen.push(pushed.alert.count);
  });
  for (let time = 0; time < 3; time += 1) {
    it.host.own.add(1000 + 666);
    it.scene.rows = [door(666, { state: 'deleted' })];
    await it.host.clock.advance(12_000);
    it.scene.rows = [];
    await it.host.clock.advance(12_000);
  }
  const deleted = it.file.told.filter(({ alert }) => alert.finding.rule === 'deleted-door');
  assert.deepEqual(
    deleted.map(({ alert, update }) => [alert.explainedBy, alert.state, update]),
    [['Telltale itself', 'closed', false]],
  );
  const { changes } = await it.watch.desk(terminal).ask('changes', { all: true });
  const alert = changes.flatMap(({ alerts }) => alerts).find(({ finding }) => finding.rule === 'deleted-door');
  assert.equal(alert?.count, 3);
  // Who looks on, as a rehearsal does, sees each of them.
  assert.deepEqual([...new Set(seen)], [1, 2, 3]);
});

test('a package run does not explain a program that is not as packaged', async () => {
  await using it = await stage();
  it.host.packaged.set('/usr/bin/nc', { name: 'netcat', verify: 'differs' });
  it.host.packageRun = { startedMs: 1, endedMs: 0, packages: new Map([['netcat', '']]) };
  it.scene.rows = [door(4444)];
  await it.host.clock.advance(12_000);
  assert.equal(it.file.told[0]?.alert.state, 'open');
});

test('a watch that was killed says so at its next start, one that was stopped does not', async () => {
  await using temp = await makeTemp();
  const host = fakeHost();
  {
    await using store = openStore({ stateDir: `${temp.path}/state`, host, mode: 'write' });
    const act = { timeMs: host.clock.nowMs(), what: 'start', by: 'telltale', words: 'started' } as const;
    await store.write([{ kind: 'act', act }]);
  }
  await host.clock.advance(60_000);
  await using killed = await stage({ host, path: temp.path });
  await host.clock.advance(1_000);
  assert.deepEqual(lines(killed.file), [
    'closed 1× The watch was killed: it was not stopped properly before this start',
  ]);
  await using stopped = await killed.again();
  await host.clock.advance(1_000);
  assert.deepEqual(lines(stopped.file), []);
});

test('a watch that stood still says so once, not once a sensor', async () => {
  await using it = await stage();
  const { clock } = it.host;
  const moving = clock.monotonicMs.bind(clock);
  // All time between two ticks passes at once: whoever was stopped sees it so.
  let stoodMs = 0;
  clock.monotonicMs = () => moving() + stoodMs;
  await clock.advance(5_000);
  assert.deepEqual(
    lines(it.file).filter((line) => /stood still/.test(line)),
    [],
  );
  stoodMs = 400_000;
  await clock.advance(5_000);
  const told = it.file.told.filter(({ alert }) => alert.finding.rule === 'sensor-silent');
  assert.deepEqual(
    told.map(({ alert }) => alert.finding.title.slice(0, 35)),
    ['The watch stood still for 401 s: it'],
  );
  assert.equal(told[0]?.alert.state, 'closed');
});
