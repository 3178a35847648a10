import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FakeHost } from '#test/lab/fake-host.ts';
import { fakeHost, settle } from '#test/lab/fake-host.ts';
import { type Door, door, doorRules, FakeChannel, plainWords, Scene } from '#test/lab/fake-watch.ts';
import { makeTemp } from '#test/lab/temp.ts';
import { createWatch, type Watch } from './watch.ts';

const { openStore } = await import('#store/open.ts');

interface Run extends AsyncDisposable {
  readonly watch: Watch;
  readonly scene: Scene;
}

async function run(
  path: string,
  host: FakeHost,
  channels: readonly FakeChannel[],
  rows: Scene['rows'] = [],
): Promise<Run> {
  const scene = new Scene();
  scene.rows = rows;
  const store = openStore({ stateDir: `${path}/state`, host, mode: 'write' });
  const watch = createWatch({
    host,
    store,
    sensors: [scene.sensor],
    listeners: [scene.listener],
    rules: doorRules,
    channels,
    words: plainWords,
    version: 'test',
  });
  const started = watch.start(new AbortController().signal);
  await host.clock.advance(1_000);
  await started;
  return {
    watch,
    scene,
    async [Symbol.asyncDispose]() {
      await watch[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

const seqs = (channel: FakeChannel): number[] => channel.told.map((notice) => notice.seq);
const titles = (channel: FakeChannel): string[] => channel.told.map((notice) => notice.alert.finding.title);

test('a channel that was down gets everything later, in order, each once', async () => {
  await using temp = await makeTemp();
  const host = fakeHost();
  const file = new FakeChannel('file', 'alerts');
  await using it = await run(temp.path, host, [file]);
  file.failing = 'ECONNREFUSED';
  for (let port = 4000; port < 4020; port += 1) {
    it.scene.rows = [...it.scene.rows, door(port)];
    it.scene.appear(door(port), host.clock.nowMs());
    await settle();
  }
  await host.clock.advance(60_000);
  assert.deepEqual(file.told, []);
  const { channels } = await it.watch.desk({ name: 'root', uid: 0, via: 'terminal' }).ask('status', {});
  assert.equal(channels[0]?.failing, 'ECONNREFUSED');
  assert.ok((channels[0]?.waiting ?? 0) >= 20);
  file.failing = '';
  await host.clock.advance(400_000);
  assert.deepEqual(
    seqs(file),
    seqs(file).toSorted((a, b) => a - b),
  );
  assert.equal(new Set(seqs(file)).size, file.told.length);
  assert.equal(titles(file).filter((title) => title.includes('opened 40')).length, 20);
});

test('what a channel missed comes after a restart, and another channel hears that it fails', async () => {
  await using temp = await makeTemp();
  const host = fakeHost();
  const file = new FakeChannel('file', 'alerts');
  const broken = new FakeChannel('broken', 'alerts');
  broken.failing = 'no route';
  {
    await using it = await run(temp.path, host, [file, broken]);
    it.scene.rows = [door(4444)];
    it.scene.appear(door(4444), host.clock.nowMs());
    await host.clock.advance(10_000);
    assert.ok(titles(file).includes('Channel "broken" cannot tell: no route'), titles(file).join('\n'));
  }
  broken.failing = '';
  await using again = await run(temp.path, host, [file, broken], [door(4444)]);
  await host.clock.advance(5_000);
  assert.equal(titles(broken)[0], '/usr/bin/nc opened 4444');
  assert.deepEqual(seqs(broken), seqs(file));
  assert.equal(again.scene.looks > 0, true);
});

test('people get one message an incident, from their severity up', async () => {
  await using temp = await makeTemp();
  const host = fakeHost();
  const mail = new FakeChannel('mail', 'incidents', { minSeverity: 'high' });
  await using it = await run(temp.path, host, [mail]);
  it.scene.rows = [door(4444), door(80, { state: 'deleted' })];
  for (const row of it.scene.rows) it.scene.appear(row, host.clock.nowMs());
  await host.clock.advance(5_000);
  assert.equal(mail.told.length, 1);
  const [notice] = mail.told;
  assert.deepEqual(
    notice?.alerts.map(({ finding }) => finding.title),
    ['/usr/bin/nc opened 80', '/usr/bin/nc is deleted'],
  );
  assert.equal(notice.update, false);
  it.scene.rows = [];
  await host.clock.advance(900_000);
  assert.equal(mail.told.length, 1);
});

test('a short life is one message; what is silenced or explained is none', async () => {
  await using temp = await makeTemp();
  const host = fakeHost();
  const mail = new FakeChannel('mail', 'incidents');
  await using it = await run(temp.path, host, [mail]);
  const at = host.clock.nowMs();
  it.scene.appear(door(4444), at);
  it.scene.disappear(door(4444), at + 100);
  it.scene.rows = [door(5555)];
  it.scene.appear(door(5555), at);
  await settle();
  const desk = it.watch.desk({ name: 'root', uid: 0, via: 'terminal' });
  const { changes } = await desk.ask('changes', {});
  const id = changes.flatMap(({ alerts }) => alerts).find((alert) => alert.finding.facts['port'] === 5555)?.id ?? '';
  const acked = desk.ask('ack', { ids: [id], reason: 'mine' });
  await host.clock.advance(10_000);
  await acked;
  assert.deepEqual(titles(mail), ['/usr/bin/nc opened 4444 for 100 ms']);
});

test('the last message that the cap allows sums up what comes in a rush, and the next one what came since', async () => {
  await using temp = await makeTemp();
  const host = fakeHost();
  const mail = new FakeChannel('mail', 'incidents', { maxPerHour: 3 });
  await using it = await run(temp.path, host, [mail]);
  for (let port = 4000; port < 4010; port += 1) {
    it.scene.rows = [...it.scene.rows, door(port)];
    it.scene.appear(door(port), host.clock.nowMs());
    await host.clock.advance(1_000);
  }
  await host.clock.advance(30_000);
  assert.equal(mail.told.length, 3);
  assert.deepEqual(
    mail.told.map(({ others = [], suppressed = 0 }) => [others.length, suppressed]),
    [
      [0, 0],
      [0, 0],
      [7, 7],
    ],
  );
  assert.equal(mail.told[1]?.silentUntilMs, undefined);
  const silentUntilMs = mail.told[2]?.silentUntilMs ?? 0;
  for (const port of [5000, 443, 5001]) {
    it.scene.rows = [...it.scene.rows, door(port)];
    it.scene.appear(door(port), host.clock.nowMs());
    await host.clock.advance(30_000);
  }
  await host.clock.advance(silentUntilMs - host.clock.nowMs() - 1_000);
  assert.equal(mail.told.length, 3);
  await host.clock.advance(20_000);
  assert.equal(mail.told.length, 4);
  assert.equal(mail.told[3]?.alert.finding.title, '/usr/bin/nc opened 443', 'the gravest is told in full');
  assert.equal(mail.told[3]?.suppressed, 2);
});

test('what waits for the cap is told after a restart as well', async () => {
  await using temp = await makeTemp();
  const host = fakeHost();
  const mail = new FakeChannel('mail', 'incidents', { maxPerHour: 1 });
  const rows: Door[] = [];
  {
    await using it = await run(temp.path, host, [mail]);
    for (const port of [4000, 4001, 4002]) {
      rows.push(door(port));
      it.scene.rows = [...rows];
      it.scene.appear(door(port), host.clock.nowMs());
      await host.clock.advance(20_000);
    }
    assert.deepEqual(titles(mail), ['/usr/bin/nc opened 4000']);
  }
  await using again = await run(temp.path, host, [mail], rows);
  await host.clock.advance(3_700_000);
  assert.deepEqual(titles(mail), ['/usr/bin/nc opened 4000', '/usr/bin/nc opened 4001']);
  assert.deepEqual(
    mail.told[1]?.others?.map(({ finding }) => finding.title),
    ['/usr/bin/nc opened 4002'],
  );
  assert.equal(again.scene.looks > 0, true);
});

test('an incident that grows is told again after half a minute, then ever more seldom', async () => {
  await using temp = await makeTemp();
  const host = fakeHost();
  const mail = new FakeChannel('mail', 'incidents');
  await using it = await run(temp.path, host, [mail]);
  for (let port = 4000; port < 4016; port += 1) {
    it.scene.rows = [...it.scene.rows, door(port, { pid: 7 })];
    it.scene.appear(door(port, { pid: 7 }), host.clock.nowMs());
    await host.clock.advance(10_000);
  }
  await host.clock.advance(300_000);
  assert.deepEqual(
    mail.told.map(({ update, alerts }) => [update, alerts.length]),
    [
      [false, 1],
      [true, 3],
      [true, 12],
    ],
  );
});

test('what is graver than all that was told of an incident is told at once', async () => {
  await using temp = await makeTemp();
  const host = fakeHost();
  const mail = new FakeChannel('mail', 'incidents');
  await using it = await run(temp.path, host, [mail]);
  for (const port of [4000, 80]) {
    it.scene.rows = [...it.scene.rows, door(port, { pid: 7 })];
    it.scene.appear(door(port, { pid: 7 }), host.clock.nowMs());
    await host.clock.advance(5_000);
  }
  assert.deepEqual(titles(mail), ['/usr/bin/nc opened 4000', '/usr/bin/nc opened 80']);
  assert.equal(mail.told[1]?.update, true);
});

test('a channel is not told that it failed: by then it is over', async () => {
  await using temp = await makeTemp();
  const host = fakeHost();
  const mail = new FakeChannel('mail', 'incidents');
  const pager = new FakeChannel('pager', 'incidents');
  await using it = await run(temp.path, host, [mail, pager]);
  mail.failing = 'no route';
  it.scene.rows = [door(4444)];
  it.scene.appear(door(4444), host.clock.nowMs());
  await host.clock.advance(60_000);
  assert.ok(titles(pager).includes('Channel "mail" cannot tell: no route'));
  mail.failing = '';
  await host.clock.advance(60_000);
  assert.deepEqual(titles(mail), ['/usr/bin/nc opened 4444'], 'and it comes at most a minute after the outage');
});

test('a channel may take as long as it says itself', async () => {
  await using temp = await makeTemp();
  const host = fakeHost();
  const slow = new FakeChannel('slow', 'incidents');
  slow.patienceMs = 300_000;
  slow.takesMs = 200_000;
  await using it = await run(temp.path, host, [slow]);
  it.scene.rows = [door(4444)];
  it.scene.appear(door(4444), host.clock.nowMs());
  await host.clock.advance(240_000);
  assert.deepEqual(titles(slow), ['/usr/bin/nc opened 4444']);
});
