import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shortId } from '#lib/short-id.ts';
import type { Desk } from '#model/verbs.ts';
import { type FakeHost, fakeHost } from '#test/lab/fake-host.ts';
import { door, doorRules, FakeChannel, plainWords, Scene, silentDoor } from '#test/lab/fake-watch.ts';
import { makeTemp } from '#test/lab/temp.ts';
import { createWatch, type Watch } from './watch.ts';

const { openStore } = await import('#store/open.ts');
const hourMs = 3_600_000;

interface Stage extends AsyncDisposable {
  readonly host: FakeHost;
  readonly scene: Scene;
  readonly file: FakeChannel;
  readonly watch: Watch;
  readonly desk: Desk;
}

async function stage(rows: Scene['rows'] = []): Promise<Stage> {
  const stack = new AsyncDisposableStack();
  const temp = stack.use(await makeTemp());
  const host = fakeHost();
  host.disk.set('/usr/bin/nc', { content: Buffer.from('nc 1'), ctimeMs: 1, inode: 1 });
  const scene = new Scene();
  scene.rows = rows;
  const file = new FakeChannel('file', 'alerts');
  const store = stack.use(openStore({ stateDir: `${temp.path}/state`, host, mode: 'write' }));
  const watch = stack.use(
    createWatch({
      host,
      store,
      sensors: [scene.sensor],
      listeners: [],
      rules: doorRules,
      channels: [file],
      words: plainWords,
      version: 'test',
    }),
  );
  const started = watch.start(new AbortController().signal);
  await host.clock.advance(1_000);
  await started;
  const desk = watch.desk({ name: 'marta (uid 1000)', uid: 1000, via: 'terminal' });
  return { host, scene, file, watch, desk, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** Asks while time goes on, for an answer may need a write that waits for its group. */
async function ask<V extends Parameters<Desk['ask']>[0]>(
  it: Stage,
  verb: V,
  args: Parameters<typeof it.desk.ask<V>>[1],
): ReturnType<typeof it.desk.ask<V>> {
  const answer = it.desk.ask(verb, args);
  answer.catch(() => undefined);
  await it.host.clock.advance(200);
  return await answer;
}

async function opened(it: Stage, port: number): Promise<string> {
  it.scene.rows = [...it.scene.rows, door(port)];
  await it.host.clock.advance(11_000);
  const { changes } = await ask(it, 'changes', {});
  const alert = changes.flatMap(({ alerts }) => alerts).find(({ finding }) => finding.facts['port'] === port);
  return alert?.id ?? '';
}

test('an accepted door is normal: in the baseline, quiet when it comes again, with author and reason', async () => {
  await using it = await stage();
  const id = await opened(it, 4444);
  const args = { ids: [shortId(id)], reason: 'replica', scope: 'exact', untilMs: 0 } as const;
  const dry = await ask(it, 'accept', { ...args, dryRun: true });
  assert.deepEqual([dry.dryRun, dry.alerts[0]?.state, dry.alsoQuiets.count], [true, 'open', 0]);
  const done = await ask(it, 'accept', { ...args, dryRun: false });
  assert.equal(done.alerts[0]?.state, 'accepted');
  assert.equal(done.alerts[0]?.quieted?.by, 'marta (uid 1000)');
  const hits = async (): Promise<number[]> => (await ask(it, 'quiets', {})).quiets.map((quiet) => quiet.hits);
  assert.deepEqual(await hits(), [1], 'the alert that was accepted counts');
  const base = await ask(it, 'baseline.show', {});
  assert.deepEqual([base.version, base.reason, base.rows.length], [2, 'replica', 1]);
  const compared = await ask(it, 'baseline.compare', {});
  assert.deepEqual(compared.differences, []);
  const { status } = await ask(it, 'check', {});
  assert.deepEqual([status.open, status.quieted], [{ act: 0, watch: 0, note: 0 }, 1]);
  const { history } = await ask(it, 'show', { id: shortId(id).slice(0, 4) });
  assert.deepEqual(
    history.map(({ words }) => words),
    ['opened', 'accepted as normal by marta (uid 1000): replica'],
  );
});

test('what is accepted once more is one acceptance with the last reason, and still in the baseline', async () => {
  await using it = await stage();
  const ids = [await opened(it, 4444)];
  for (const reason of ['first', 'second'])
    await ask(it, 'accept', { ids, reason, scope: 'exact', untilMs: 0, dryRun: false });
  const { quiets } = await ask(it, 'quiets', {});
  assert.deepEqual(
    quiets.map(({ reason }) => reason),
    ['second'],
  );
  assert.equal((await ask(it, 'baseline.show', {})).rows.length, 1);
  assert.deepEqual((await ask(it, 'baseline.compare', {})).differences, []);
});

test('an incident is seen at once, and that is taken back also when more of it came meanwhile', async () => {
  await using it = await stage();
  await opened(it, 4444);
  const [first] = (await ask(it, 'changes', {})).changes;
  const ids = [first?.incident.id ?? ''];
  assert.equal((await ask(it, 'ack', { ids, reason: 'seen' })).alerts.length, first?.alerts.length);
  await opened(it, 4445);
  const back = await ask(it, 'unmute', { ids, reason: 'taken back' });
  assert.equal(back.alerts.length, first?.alerts.length);
  await assert.rejects(ask(it, 'unmute', { ids, reason: 'again' }), { code: 'NOT_QUIET' });
});

test('an acceptance ends when the program is exchanged, but not when its package upgraded it', async () => {
  await using it = await stage();
  const id = await opened(it, 4444);
  await ask(it, 'accept', { ids: [id], reason: 'x', scope: 'exact', untilMs: 0, dryRun: false });
  it.host.disk.set('/usr/bin/nc', { content: Buffer.from('nc 2'), ctimeMs: 2, inode: 2 });
  it.host.packaged.set('/usr/bin/nc', { name: 'netcat', verify: 'same' });
  await it.host.clock.advance(130_000);
  assert.equal((await ask(it, 'quiets', {})).quiets.length, 1);
  it.host.disk.set('/usr/bin/nc', { content: Buffer.from('evil'), ctimeMs: 3, inode: 3 });
  it.host.packaged.set('/usr/bin/nc', { name: 'netcat', verify: 'differs' });
  await it.host.clock.advance(130_000);
  assert.equal((await ask(it, 'quiets', {})).quiets.length, 0);
  const { alert } = await ask(it, 'show', { id });
  assert.equal(alert.state, 'open');
  assert.equal(it.file.told.at(-1)?.alert.state, 'open');
});

test('the program scope covers its other doors, tells what it would have quieted, and never what is dangerous', async () => {
  await using it = await stage();
  const first = await opened(it, 4444);
  await opened(it, 4445);
  const args = { ids: [first], reason: 'x', scope: 'program', untilMs: 0 } as const;
  const dry = await ask(it, 'accept', { ...args, dryRun: true });
  assert.deepEqual(dry.alsoQuiets, { count: 1, titles: ['/usr/bin/nc opened 4445'] });
  const done = await ask(it, 'accept', { ...args, dryRun: false });
  assert.equal(done.alerts.length, 2);
  assert.equal((await ask(it, 'quiets', {})).quiets[0]?.hits, 2);
  it.scene.rows = [...it.scene.rows, door(4446), door(4447, { state: 'deleted' }), door(4448, { exe: '/tmp/nc' })];
  await it.host.clock.advance(11_000);
  const last = it.file.told
    .filter(({ update }) => !update)
    .slice(-4)
    .map(({ alert }) => `${alert.state} ${alert.finding.title}`);
  assert.deepEqual(last.toSorted(), [
    'accepted /usr/bin/nc opened 4446',
    'accepted /usr/bin/nc opened 4447',
    'open /tmp/nc opened 4448',
    'open /usr/bin/nc is deleted',
  ]);
  const { quiets } = await ask(it, 'quiets', {});
  await ask(it, 'unmute', { ids: [quiets[0]?.id ?? ''], reason: 'changed my mind' });
  const { status } = await ask(it, 'check', {});
  assert.equal(status.quieted, 0);
});

test('a mute ends by the clock, and one for ever is refused', async () => {
  await using it = await stage();
  const id = await opened(it, 4444);
  const nowMs = it.host.clock.nowMs();
  await assert.rejects(ask(it, 'mute', { ids: [id], reason: 'x', untilMs: 0, dryRun: false }), { code: 'BAD_TIME' });
  await ask(it, 'mute', { ids: [id], reason: 'x', untilMs: nowMs + 8 * hourMs, dryRun: false });
  await it.host.clock.advance(7 * hourMs);
  assert.equal((await ask(it, 'show', { id })).alert.state, 'muted');
  await it.host.clock.advance(hourMs + 120_000);
  assert.equal((await ask(it, 'show', { id })).alert.state, 'open');
});

test('ids that mean nothing or too much are refused with the next step', async () => {
  await using it = await stage();
  await opened(it, 4444);
  await assert.rejects(ask(it, 'show', { id: 'zz' }), { code: 'NOT_FOUND', message: /at least three characters/ });
  await assert.rejects(ask(it, 'show', { id: 'ffffff' }), { code: 'NOT_FOUND', message: /telltale changes --all/ });
  const id = await opened(it, 4445);
  await assert.rejects(ask(it, 'show', { id: id.slice(0, 5) }), { code: 'AMBIGUOUS' });
});

test('of a long incident the gravest fifty are listed, and all where all are asked for', async () => {
  await using it = await stage();
  it.scene.rows = Array.from({ length: 60 }, (_, number) => door(4000 + number, { pid: 7 }));
  await it.host.clock.advance(11_000);
  const listed = async (each?: number): Promise<readonly number[]> => {
    const { changes } = await ask(it, 'changes', each === undefined ? {} : { each });
    return changes.map(({ alerts }) => alerts.length);
  };
  assert.deepEqual([await listed(), await listed(10_000)], [[50], [60]]);
});

test('who mutes again means the new time; unmute ends all that was said of exactly this', async () => {
  await using it = await stage();
  const id = await opened(it, 4444);
  const mute = async (hours: number): Promise<unknown> =>
    await ask(it, 'mute', {
      ids: [id],
      reason: 'x',
      untilMs: it.host.clock.nowMs() + hours * 3_600_000,
      dryRun: false,
    });
  const inForce = async (): Promise<number[]> =>
    (await ask(it, 'quiets', {})).quiets.map(({ untilMs }) =>
      Math.round((untilMs - it.host.clock.nowMs()) / 3_600_000),
    );
  await mute(48);
  await mute(2);
  assert.deepEqual(await inForce(), [2]);
  await ask(it, 'accept', { ids: [id], reason: 'x', scope: 'exact', untilMs: 0, dryRun: false });
  assert.equal((await inForce()).length, 2);
  const { alerts } = await ask(it, 'unmute', { ids: [id], reason: 'back' });
  assert.deepEqual([alerts[0]?.state, await inForce()], ['open', []]);
});

test('compare: what took the place of another says so, and no more is said of the other', async () => {
  await using it = await stage([door(4444, { exe: '/usr/bin/old' }), door(silentDoor, { exe: '/usr/bin/old' })]);
  it.scene.rows = [door(4444), door(silentDoor)];
  const { differences } = await ask(it, 'baseline.compare', {});
  assert.deepEqual(
    differences.map(({ change, title }) => `${change.type}: ${title}`),
    [
      'removed: 4444 closed',
      "added: /usr/bin/nc opened 4444, which was /usr/bin/old's",
      "added: /usr/bin/nc opened 7171, which was /usr/bin/old's",
    ],
  );
  it.scene.rows = [];
  assert.equal((await ask(it, 'baseline.compare', {})).differences.length, 2, 'what is gone for good is told');
});

test('compare names what differs and moves nothing; generate takes what stands but what is dangerous', async () => {
  await using it = await stage([door(22), door(80)]);
  it.scene.rows = [door(22), door(4444), door(666, { state: 'deleted' })];
  const compared = await ask(it, 'baseline.compare', {});
  assert.deepEqual(
    compared.differences.map(({ severity, title }) => `${severity} ${title}`),
    ['low 80 closed', 'medium /usr/bin/nc opened 4444', 'high /usr/bin/nc opened 666'],
  );
  assert.equal(it.file.told.length, 0);
  const made = await ask(it, 'baseline.generate', { reason: 'fresh host' });
  assert.deepEqual([made.version, made.rows, made.refused], [2, 2, ['/usr/bin/nc is deleted']]);
  const { differences, versions } = await ask(it, 'baseline.diff', { from: 1, to: 2 });
  assert.deepEqual(
    differences.map(({ change }) => change.type),
    ['removed', 'added'],
  );
  assert.deepEqual(
    versions.map(({ version }) => version),
    [2, 1],
  );
  assert.deepEqual(await ask(it, 'baseline.delete', { reason: 'x' }), { deleted: 2 });
  await assert.rejects(ask(it, 'baseline.compare', {}), { code: 'NO_BASELINE' });
  assert.equal((await ask(it, 'baseline.generate', { reason: 'again' })).version, 4);
});

test('generate settles what is open about the rows that are normal now, but not what is dangerous', async () => {
  await using it = await stage();
  const normal = await opened(it, 4444);
  it.scene.rows = [...it.scene.rows, door(666, { state: 'deleted' })];
  await ask(it, 'check', {});
  await ask(it, 'baseline.generate', { reason: 'fresh host' });
  const { alert } = await ask(it, 'show', { id: normal });
  assert.deepEqual([alert.state, alert.quieted?.reason], ['accepted', 'fresh host']);
  const { changes } = await ask(it, 'changes', {});
  assert.deepEqual(
    changes.flatMap(({ alerts }) => alerts.map(({ finding }) => finding.dangerous)),
    [true],
  );
});

test('a link logs in once and in time; wrong passwords wait', async () => {
  await using it = await stage();
  await assert.rejects(ask(it, 'web.link', {}), { code: 'NO_WEB' });
  it.watch.webAt('http://127.0.0.1:7777');
  const { url } = await ask(it, 'web.link', {});
  const token = url.split('#k=')[1] ?? '';
  assert.equal((await ask(it, 'web.redeem', { token: 'wrong' })).ok, false);
  assert.deepEqual(await ask(it, 'web.redeem', { token }), { ok: true, passwordSet: false });
  assert.equal((await ask(it, 'web.redeem', { token })).ok, false);
  const late = (await ask(it, 'web.link', {})).url.split('#k=')[1] ?? '';
  await it.host.clock.advance(11 * 60_000);
  assert.equal((await ask(it, 'web.redeem', { token: late })).ok, false);
  const slow = async <T>(work: Promise<T>): Promise<T> => {
    const timer = setInterval(() => void it.host.clock.advance(60), 5);
    try {
      return await work;
    } finally {
      clearInterval(timer);
    }
  };
  await assert.rejects(ask(it, 'web.password.set', { password: 'short' }), { code: 'BAD_PASSWORD' });
  await slow(it.desk.ask('web.password.set', { password: 'correct horse' }));
  assert.equal((await slow(it.desk.ask('web.password.check', { password: 'correct horse' }))).ok, true);
  let waitMs = 0;
  for (let tries = 0; tries < 6 && waitMs === 0; tries += 1)
    ({ waitMs } = await slow(it.desk.ask('web.password.check', { password: 'wrong' })));
  assert.ok(waitMs > 0);
  await it.host.clock.advance(300_000);
  assert.equal((await slow(it.desk.ask('web.password.check', { password: 'correct horse' }))).ok, true);
});

test('the record of all that verifies, and activity counts it', async () => {
  await using it = await stage();
  const id = await opened(it, 4444);
  await ask(it, 'ack', { ids: [id], reason: 'seen' });
  const verified = await ask(it, 'verify', {});
  assert.equal(verified.whole, true, JSON.stringify(verified.broken));
  const { events, alerts } = await ask(it, 'activity', {});
  assert.equal(events.length, 288);
  assert.equal(events.at(-1), 1);
  assert.deepEqual(
    alerts.map((alert) => alert.id),
    [id],
  );
});
