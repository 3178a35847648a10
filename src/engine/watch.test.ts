import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeProcess, settle } from '#test/lab/fake-host.ts';
import { door, Scene, takenDoor } from '#test/lab/fake-watch.ts';
import { lines, stage, start, terminal } from '#test/lab/stage.ts';

test('the first look is normal, but for what is dangerous in itself', async () => {
  const scene = new Scene();
  scene.rows = [door(22), door(666, { state: 'deleted' })];
  await using it = await stage({ scene });
  await it.host.clock.advance(100);
  assert.deepEqual(lines(it.file), ['open 1× /usr/bin/nc is deleted']);
  const { rows } = await it.watch.desk(terminal).ask('rows', { table: 'doors' });
  assert.deepEqual(
    rows.map(({ row, mark }) => [row['port'], mark]),
    [
      [22, 'known'],
      [666, 'new'],
    ],
  );
});

test('what a first walk finds before it is finished is learned; what comes later is told', async () => {
  const scene = new Scene();
  scene.partial = true;
  scene.rows = [door(22)];
  await using it = await stage({ scene });
  scene.rows = [door(22), door(80), door(666, { state: 'deleted' })];
  await it.host.clock.advance(11_000);
  assert.deepEqual(lines(it.file), ['open 1× /usr/bin/nc is deleted'], 'only what is dangerous in itself speaks');
  const marks = async (): Promise<unknown[]> => {
    const { rows } = await it.watch.desk(terminal).ask('rows', { table: 'doors' });
    return rows.map(({ row, mark }) => [row['port'], mark]);
  };
  const beforehand = [
    [22, '-'],
    [80, '-'],
    [666, 'new'],
  ];
  assert.deepEqual(await marks(), beforehand, 'before there is a normal, nothing but what alerts is new');
  scene.partial = false;
  await it.host.clock.advance(11_000);
  const afterwards = [
    [22, 'known'],
    [80, 'known'],
    [666, 'new'],
  ];
  assert.deepEqual(await marks(), afterwards);
  scene.rows = [...scene.rows, door(4444)];
  await it.host.clock.advance(11_000);
  assert.ok(lines(it.file).includes('open 1× /usr/bin/nc opened 4444'));
});

test('what events tell of while the first walk goes on is told, and not learned', async () => {
  const scene = new Scene();
  scene.partial = true;
  scene.rows = [door(22)];
  await using it = await stage({ scene });
  scene.news = ({ port }) => (port === 4444 ? 'new' : port === takenDoor || port === 80 ? 'changed' : undefined);
  scene.rows = [...scene.rows, door(25), door(80), door(4444), door(takenDoor)];
  await it.host.clock.advance(11_000);
  const told = ['open 1× /usr/bin/nc opened 4444', `open 1× /usr/bin/nc took ${takenDoor}`];
  assert.deepEqual(
    lines(it.file).toSorted(),
    told,
    'what stood before is no new door, but what is odd about it is told',
  );
  scene.partial = false;
  await it.host.clock.advance(11_000);
  const { rows } = await it.watch.desk(terminal).ask('rows', { table: 'doors' });
  const unlearned = rows.filter(({ mark }) => mark === 'new').map(({ row }) => row['port']);
  assert.deepEqual(unlearned, [4444, takenDoor]);
  assert.equal(lines(it.file).length, told.length);
});

test('what a rehearsal does while the first walk goes on is told as our own hand', async () => {
  const scene = new Scene();
  scene.partial = true;
  scene.rows = [door(666, { state: 'deleted' })];
  await using it = await stage({ scene });
  it.host.own.add(1000 + takenDoor);
  scene.news = ({ port }) => (port === takenDoor ? 'changed' : undefined);
  scene.rows = [...scene.rows, door(takenDoor)];
  await it.host.clock.advance(11_000);
  const told = it.file.told.map(({ alert }) => [alert.finding.rule, alert.state, alert.explainedBy]);
  assert.deepEqual(told, [
    ['deleted-door', 'open', undefined],
    ['taken-door', 'closed', 'Telltale itself'],
  ]);
});

test('what is part of another alert while the first walk goes on is told with it, and not learned', async () => {
  const scene = new Scene();
  scene.partial = true;
  await using it = await stage({ scene });
  scene.news = ({ port }) => (port === 80 ? 'new' : 'changed');
  scene.rows = [door(80, { file: '/etc/door' }), door(takenDoor, { file: '/etc/door' })];
  await it.host.clock.advance(11_000);
  assert.deepEqual(lines(it.file)[0], 'open 1× /usr/bin/nc opened 80');
  assert.ok(!lines(it.file).some((line) => line.startsWith('open') && line.includes('took')));
  scene.partial = false;
  await it.host.clock.advance(11_000);
  const { rows } = await it.watch.desk(terminal).ask('rows', { table: 'doors' });
  assert.deepEqual(
    rows.map(({ mark, row }) => [mark, row['port']]),
    [
      ['new', 80],
      ['new', takenDoor],
    ],
  );
});

test('a door opened right after the first look is told at once, without a look', async () => {
  await using it = await stage();
  const looks = it.scene.looks;
  it.scene.rows = [door(4444)];
  it.scene.appear(door(4444), it.host.clock.nowMs());
  await settle();
  assert.equal(it.scene.looks, looks);
  assert.deepEqual(lines(it.file), ['open 1× /usr/bin/nc opened 4444']);
  await it.host.clock.advance(20_000);
  assert.deepEqual(lines(it.file), ['open 1× /usr/bin/nc opened 4444']);
});

test('a door heard of before the first look was over is told after it', async () => {
  await using it = await stage({ start: false });
  it.scene.appear(door(4444), it.host.clock.nowMs());
  await start(it.watch, it.host);
  await it.host.clock.advance(1_000);
  assert.deepEqual(
    lines(it.file).at(-1),
    'update closed 1× /usr/bin/nc opened 4444 for 0 ms'.replace(
      '0 ms',
      String(it.file.told.at(-1)?.alert.finding.facts['livedMs']) + ' ms',
    ),
  );
});

test('a short life is one alert: opened, then closed with how long it stood', async () => {
  await using it = await stage();
  const at = it.host.clock.nowMs();
  it.scene.appear(door(4444), at);
  it.scene.disappear(door(4444), at + 100);
  await it.host.clock.advance(2_000);
  assert.deepEqual(lines(it.file), [
    'open 1× /usr/bin/nc opened 4444',
    'update closed 1× /usr/bin/nc opened 4444 for 100 ms',
  ]);
  assert.equal(it.file.told[0]?.alert.id, it.file.told[1]?.alert.id);
});

test('a short life continues the alert that another rule than the usual one opened', async () => {
  await using it = await stage();
  const at = it.host.clock.nowMs();
  it.scene.appear(door(takenDoor), at);
  it.scene.disappear(door(takenDoor), at + 100);
  await it.host.clock.advance(2_000);
  assert.deepEqual(lines(it.file), [
    'open 1× /usr/bin/nc took 7070',
    'update closed 1× /usr/bin/nc opened 7070 for 100 ms',
  ]);
  assert.equal(it.file.told[1]?.alert.finding.rule, 'taken-door');
  assert.equal(it.file.told[1]?.alert.finding.severity, 'high', 'the gravest of both');
});

test('a look between opening and closing does not lengthen the life that is told', async () => {
  await using it = await stage();
  const at = it.host.clock.nowMs();
  it.scene.rows = [door(4444)];
  it.scene.appear(door(4444), at);
  await it.host.clock.advance(15_000);
  it.scene.rows = [];
  it.scene.disappear(door(4444), at + 15_000);
  await it.host.clock.advance(15_000);
  assert.deepEqual(lines(it.file), [
    'open 1× /usr/bin/nc opened 4444',
    'update closed 1× /usr/bin/nc opened 4444 for 15000 ms',
  ]);
});

test('what stands is no news when it is told again, unless somebody did it once more', async () => {
  await using it = await stage();
  const told = { kind: 'appeared', table: 'doors', row: door(4444) } as const;
  it.scene.rows = [door(4444)];
  it.scene.stream.push({ ...told, timeMs: it.host.clock.nowMs() });
  await it.host.clock.advance(5_000);
  it.scene.stream.push({ ...told, timeMs: it.host.clock.nowMs() });
  await it.host.clock.advance(5_000);
  it.scene.stream.push({ ...told, timeMs: it.host.clock.nowMs(), again: true });
  await it.host.clock.advance(5_000);
  assert.deepEqual(lines(it.file), ['open 1× /usr/bin/nc opened 4444', 'update open 2× /usr/bin/nc opened 4444']);
});

test('ten thousand doors at once: each told, one incident with the exact number', async () => {
  await using it = await stage();
  const at = it.host.clock.nowMs();
  it.host.table.set(500, fakeProcess({ pid: 500 }));
  it.host.table.set(900, fakeProcess({ pid: 900, parentPid: 500 }));
  const rows = Array.from({ length: 10_000 }, (_, index) => door(2000 + index, { pid: 900 }));
  it.scene.stream.push(...rows.map((row) => ({ timeMs: at, kind: 'appeared' as const, table: 'doors', row })));
  it.scene.stream.push(...rows.map((row) => ({ timeMs: at + 5, kind: 'disappeared' as const, table: 'doors', row })));
  await it.host.clock.advance(5_000);
  const opened = it.file.told.filter((notice) => !notice.update);
  assert.equal(opened.length, 10_000);
  assert.equal(new Set(opened.map(({ alert }) => alert.id)).size, 10_000);
  const { changes } = await it.watch.desk(terminal).ask('changes', { all: true });
  assert.deepEqual(
    changes.map(({ incident }) => [incident.cause, incident.count, incident.state]),
    [['parent:500:50000', 10_000, 'closed']],
  );
});

test('one door opened and closed ten thousand times is one alert with the exact count, and few lines', async () => {
  await using it = await stage();
  const at = it.host.clock.nowMs();
  for (let turn = 0; turn < 10_000; turn += 1) {
    it.scene.appear(door(4444), at + turn);
    it.scene.disappear(door(4444), at + turn);
  }
  for (let step = 0; step < 400; step += 1) await settle();
  await it.host.clock.advance(3_000);
  const last = it.file.told.at(-1)?.alert;
  assert.equal(last?.count, 10_000);
  assert.equal(last.state, 'closed');
  assert.ok(it.file.told.length < 10, `${it.file.told.length} lines`);
});

test('beyond the budget of a cause changes are counted exactly', async () => {
  await using it = await stage();
  const at = it.host.clock.nowMs();
  it.host.table.set(900, fakeProcess({ pid: 900 }));
  const rows = Array.from({ length: 26_000 }, (_, index) => door(2000 + index, { pid: 900 }));
  it.scene.stream.push(...rows.map((row) => ({ timeMs: at, kind: 'appeared' as const, table: 'doors', row })));
  await settle();
  const { changes } = await it.watch.desk(terminal).ask('changes', {});
  assert.equal(changes[0]?.incident.count, 26_000);
  await it.host.clock.advance(2_000);
  const opened = it.file.told.filter((notice) => !notice.update).length;
  assert.equal(opened, 25_000);
});

test('what changed while nobody watched is told at the next start, once', async () => {
  const scene = new Scene();
  scene.rows = [door(22), door(80)];
  await using it = await stage({ scene });
  await it.host.clock.advance(1_000);
  it.scene.rows = [door(22), door(443)];
  await using next = await it.again();
  await next.host.clock.advance(1_000);
  assert.deepEqual(lines(next.file).toSorted(), ['open 1× /usr/bin/nc opened 443', 'open 1× 80 closed']);
  await using third = await next.again();
  await third.host.clock.advance(30_000);
  assert.deepEqual(lines(third.file), []);
});

test('after the baseline was deleted the next start learns, under a version of its own', async () => {
  const scene = new Scene();
  scene.rows = [door(22)];
  await using it = await stage({ scene });
  const deleted = it.watch.desk(terminal).ask('baseline.delete', { reason: 'a new start' });
  deleted.catch(() => undefined);
  await it.host.clock.advance(200);
  await deleted;
  await using next = await it.again();
  assert.equal(next.store.baseline()?.version.version, 3);
});

test('an alert closes when its door goes, and the same door again within ten minutes opens it again', async () => {
  await using it = await stage();
  it.scene.rows = [door(4444)];
  await it.host.clock.advance(60_000 + 20_000);
  it.scene.rows = [];
  await it.host.clock.advance(80_000);
  it.scene.rows = [door(4444)];
  await it.host.clock.advance(20_000);
  assert.deepEqual(lines(it.file), [
    'open 1× /usr/bin/nc opened 4444',
    'update closed 1× /usr/bin/nc opened 4444',
    'update open 2× /usr/bin/nc opened 4444',
  ]);
});

test('a known door that closes is held; back within the hold it is no news', async () => {
  const scene = new Scene();
  scene.rows = [door(22, { held: true })];
  await using it = await stage({ scene });
  it.scene.rows = [];
  await it.host.clock.advance(20_000);
  it.scene.rows = [door(22, { held: true, pid: 77 })];
  await it.host.clock.advance(60_000);
  assert.deepEqual(lines(it.file), []);
  it.scene.rows = [];
  await it.host.clock.advance(60_000);
  assert.deepEqual(lines(it.file), ['open 1× 22 closed']);
});

test('another program on the same port is one finding, not gone and new', async () => {
  const scene = new Scene();
  scene.rows = [door(80, { exe: '/usr/sbin/nginx' })];
  await using it = await stage({ scene });
  it.scene.rows = [door(80)];
  it.scene.appear(door(80), it.host.clock.nowMs());
  await it.host.clock.advance(2_000);
  assert.deepEqual(lines(it.file), ["open 1× /usr/bin/nc opened 80, which was /usr/sbin/nginx's"]);
});

test('what left its place a moment before, seen or only heard of, is what the next one there is compared with', async () => {
  await using it = await stage();
  const nginx = (port: number) => door(port, { exe: '/usr/sbin/nginx' });
  const at = it.host.clock.nowMs();
  it.scene.appear(nginx(80), at);
  it.scene.disappear(nginx(80), at + 10);
  it.scene.appear(door(80), at + 20);
  await it.host.clock.advance(10);
  assert.equal(lines(it.file).at(-1), "open 1× /usr/bin/nc opened 80, which was /usr/sbin/nginx's");
  it.scene.rows = [door(80), nginx(81)];
  await it.host.clock.advance(15_000);
  it.scene.rows = [door(80)];
  it.scene.stream.push({ timeMs: it.host.clock.nowMs(), kind: 'stale', table: 'doors' });
  await it.host.clock.advance(1_000);
  it.scene.appear(door(81), it.host.clock.nowMs());
  await settle();
  assert.equal(lines(it.file).at(-1), "open 1× /usr/bin/nc opened 81, which was /usr/sbin/nginx's");
});

test('what left its place long before, or comes back to it, is another story', async () => {
  await using it = await stage();
  const at = it.host.clock.nowMs();
  it.scene.appear(door(80, { exe: '/usr/sbin/nginx' }), at);
  it.scene.disappear(door(80, { exe: '/usr/sbin/nginx' }), at + 10);
  await it.host.clock.advance(6_000);
  it.scene.appear(door(80), it.host.clock.nowMs());
  it.scene.disappear(door(80), it.host.clock.nowMs());
  it.scene.appear(door(80), it.host.clock.nowMs());
  it.scene.rows = [door(80)];
  await it.host.clock.advance(3_000);
  assert.equal(it.file.told.at(-1)?.alert.finding.title, '/usr/bin/nc opened 80');
});

test('a name known better by the look goes on as the same alert', async () => {
  await using it = await stage();
  it.scene.appear(door(4444, { exe: './nc', pid: 9 }), it.host.clock.nowMs());
  it.scene.rows = [door(4444, { exe: '/tmp/nc', pid: 9 })];
  await it.host.clock.advance(3_000);
  assert.equal(new Set(it.file.told.map(({ alert }) => alert.id)).size, 1);
  assert.equal(it.file.told.at(-1)?.alert.finding.title, '/tmp/nc opened 4444');
});

test('what is missing behind a new blind spot is not gone', async () => {
  const scene = new Scene();
  scene.rows = [door(22), door(80)];
  await using it = await stage({ scene });
  it.scene.rows = [door(22)];
  it.scene.gaps = [{ what: 'namespace web', why: 'EACCES' }];
  await it.host.clock.advance(45_000);
  assert.deepEqual(lines(it.file), ['open 1× Sensor "doors" cannot see namespace web: EACCES']);
  it.scene.gaps = [];
  await it.host.clock.advance(20_000);
  assert.deepEqual(lines(it.file).slice(1).toSorted(), [
    'open 1× 80 closed',
    'update closed 1× Sensor "doors" cannot see namespace web: EACCES',
  ]);
});

test('a sense that is only reduced is shown with its sensor, not as blind, and never told', async () => {
  const scene = new Scene();
  scene.gaps = [{ what: 'short-lived doors', why: 'not asked for', reduced: true }];
  await using it = await stage({ scene });
  await it.host.clock.advance(45_000);
  const status = await it.watch.desk(terminal).ask('status', {});
  assert.deepEqual([status.blind, status.sensors[0]?.gaps], [[], scene.gaps]);
  assert.deepEqual(lines(it.file), []);
});

test('what is again as the baseline has it closes what was told of it', async () => {
  const scene = new Scene();
  scene.rows = [door(22)];
  await using it = await stage({ scene });
  it.scene.rows = [door(22, { state: 'deleted' })];
  await it.host.clock.advance(12_000);
  assert.match(lines(it.file).join('\n'), /^open 1× /);
  it.scene.rows = [door(22)];
  await it.host.clock.advance(12_000);
  const [told = ''] = lines(it.file).slice(-1);
  assert.match(told, /^update closed 1× /);
  const { changes } = await it.watch.desk(terminal).ask('changes', {});
  assert.deepEqual(changes, []);
});
