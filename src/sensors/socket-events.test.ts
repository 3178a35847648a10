import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf } from '#model/table.ts';
import { eventOf, fakeSockets, processOf, socketOf } from '#test/lab/fake-sockets.ts';
import socketEvents, { translator } from './socket-events.ts';
import sensor, { sockets } from './sockets.ts';

const bind = (port: number) => eventOf({ kind: 'bind', protocol: 'udp', port });

test('listen() gives the same identity as the look that follows', async () => {
  const fake = fakeSockets();
  fake.processes.set(801, processOf());
  const told = translator(fake.host)(eventOf());
  fake.sockets = [{ socket: socketOf(), pids: [801] }];
  const { rows } = await sensor.look(fake.host, AbortSignal.timeout(5000));
  assert.equal(told?.kind, 'appeared');
  assert.ok(told.row !== undefined && rows[0] !== undefined);
  assert.equal(keyOf(told.row, sockets.key), keyOf(rows[0], sockets.key));
});

test('a close is told of the row that opened, whoever closes it', () => {
  const translate = translator(fakeSockets().host);
  const opened = translate(eventOf());
  const closed = translate(eventOf({ kind: 'unlisten', process: processOf({ pid: 9, user: 'www-data', exe: '/x' }) }));
  assert.equal(closed?.kind, 'disappeared');
  assert.equal(closed.row, opened?.row);
  assert.equal(translate(eventOf({ kind: 'unlisten' }))?.kind, 'stale');
});

test('two sockets of one identity close one after the other', () => {
  const translate = translator(fakeSockets().host);
  translate(eventOf());
  translate(eventOf());
  assert.equal(translate(eventOf({ kind: 'unlisten' }))?.kind, 'disappeared');
  assert.equal(translate(eventOf({ kind: 'unlisten' }))?.kind, 'disappeared');
});

test('a bind of UDP by number is a listener in any range, and the look agrees at once', async () => {
  const fake = fakeSockets();
  fake.processes.set(801, processOf());
  await sensor.look(fake.host, AbortSignal.timeout(5000));
  assert.equal(translator(fake.host)(bind(40_001))?.kind, 'appeared');
  fake.sockets = [{ socket: socketOf({ protocol: 'udp', state: 'UNCONN', localPort: 40_001 }), pids: [801] }];
  const { rows } = await sensor.look(fake.host, AbortSignal.timeout(5000));
  assert.equal(rows[0]?.ephemeral, false);
});

test('a bind to port 0 is a client, one without address asks for a look, and TCP waits for listen()', () => {
  const translate = translator(fakeSockets().host);
  assert.equal(translate(bind(0)), undefined);
  assert.equal(translate(eventOf({ kind: 'bind', family: '', protocol: '' }))?.kind, 'stale');
  assert.equal(translate(eventOf({ kind: 'bind' })), undefined);
});

test('listen() without bind() is told with the port that the kernel chose, by the look or by its end', async () => {
  const fake = fakeSockets();
  fake.processes.set(801, processOf());
  const translate = translator(fake.host);
  assert.equal(translate(eventOf({ port: 0 }))?.kind, 'stale', 'the look that follows knows the port');
  const gone = translate(eventOf({ kind: 'unlisten', port: 40_123 }));
  assert.equal(gone?.kind, 'appeared', 'it closed before any look');
  assert.equal(gone.row?.port, 40_123);
  assert.equal(gone.row.exe, processOf().exe);
  translate(eventOf({ port: 0 }));
  fake.sockets = [{ socket: socketOf({ localPort: 40_124 }), pids: [801] }];
  await sensor.look(fake.host, AbortSignal.timeout(5000));
  assert.equal(translate(eventOf({ kind: 'unlisten', port: 40_124 }))?.kind, 'disappeared', 'the look showed it');
  assert.equal(translate(eventOf({ kind: 'unlisten', port: 40_125, pid: 9 }))?.kind, 'stale', 'of another process');
});

test('a listener of MPTCP is the TCP socket behind it, once', () => {
  const translate = translator(fakeSockets().host);
  assert.equal(translate(eventOf({ protocol: 'mptcp' }))?.kind, 'stale');
  assert.equal(translate(eventOf())?.kind, 'appeared');
  assert.equal(translate(eventOf({ kind: 'unlisten', protocol: 'mptcp' }))?.kind, 'stale');
});

test('a resolver that binds many random ports is no crowd of listeners; a low port still is one', () => {
  const fake = fakeSockets();
  const translate = translator(fake.host);
  const told = Array.from({ length: 100 }, (_, index) => translate(bind(40_000 + index))).filter(Boolean);
  assert.equal(told.length, 8);
  fake.passMs(61_000);
  assert.equal(translate(bind(50_000)), undefined);
  assert.equal(translate(bind(53))?.kind, 'appeared');
});

test('what happens in another namespace is not told where only our own is watched', () => {
  const own = translator(fakeSockets('own').host);
  assert.equal(own(eventOf({ namespace: 7 })), undefined);
  assert.equal(own(eventOf({ namespace: 0 }))?.kind, 'stale');
  const all = translator(fakeSockets('all').host);
  assert.equal(all(eventOf({ namespace: 7 }))?.row?.namespace, 'netns 7');
  assert.equal(all(eventOf({ namespace: 0 }))?.row?.namespace, 'namespace unknown');
});

test('a process that could not be told is still an event, with its pid', () => {
  const told = translator(fakeSockets().host)(eventOf({ process: undefined, pid: 4711 }));
  assert.equal(told?.row?.pid, 4711);
  assert.equal(told.row.exe, '');
});

test('the end of a process that a row speaks of asks for a look, and so does another program in its place', async () => {
  const fake = fakeSockets();
  fake.processes.set(801, processOf());
  fake.processes.set(802, processOf({ pid: 802 }));
  fake.sockets = [
    { socket: socketOf({ family: 'unix', protocol: 'dgram', state: 'UNCONN', path: '/run/x' }), pids: [801] },
    { socket: socketOf({ inode: 101 }), pids: [802, 803] },
  ];
  await sensor.look(fake.host, AbortSignal.timeout(5000));
  const translate = translator(fake.host);
  for (const kind of ['exit', 'exec'] as const) {
    assert.equal(translate(eventOf({ kind }))?.kind, 'stale');
    assert.equal(translate(eventOf({ kind, pid: 802 }))?.kind, 'stale', 'others may hold the listener as well');
    assert.equal(translate(eventOf({ kind, pid: 9 })), undefined);
  }
});

test('an empty batch of the kernel, which says that events were lost, reaches whoever listens', async () => {
  const { host } = fakeSockets();
  async function* batches() {
    yield [eventOf({ kind: 'exec' })];
    await Promise.resolve();
    yield [];
  }
  const kernel = { batches: batches(), lost: () => 3, by: 'tracefs', gaps: [], tellsShortLivedUdp: false };
  const deaf = { ...host, kernelEvents: async () => await Promise.resolve({ ...kernel, ...disposable }) };
  await using listening = await socketEvents.listen(deaf, AbortSignal.timeout(5000));
  const heard: (readonly unknown[])[] = [];
  for await (const events of listening.events) heard.push(events);
  assert.deepEqual(heard, [[]], 'news of no socket stays away, the sign of a loss does not');
});

const disposable = { [Symbol.asyncDispose]: () => Promise.resolve() };
