import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import { drills } from '#drills/index.ts';
import { type Asker, type Desk, type Pushed, VerbError } from '#model/verbs.ts';
import { makeTemp } from '#test/lab/temp.ts';
import { connectDesk } from './control-client.ts';
import { controlPath, findControlPath, MAX_SOCKET_PATH_BYTES } from './control-path.ts';
import { lineSplitter, MAX_REQUEST_BYTES } from './control-protocol.ts';
import { type ControlParts, MAX_CONNECTIONS, serveControl } from './control-server.ts';

const root: Asker = { name: 'root', uid: 0, via: 'terminal' };

const desk: Desk = {
  ask: (verb, args) => {
    if (verb === 'show')
      return Promise.reject(new VerbError('NOT_FOUND', `No change is called "${(args as { id: string }).id}"`));
    if (verb === 'verify') return Promise.reject(new Error('the disk is gone'));
    return Promise.resolve({ verb, args } as never);
  },
};

async function serving(change: Partial<ControlParts> = {}) {
  const temp = await makeTemp();
  const path = join(temp.path, 'control.sock');
  const parts: ControlParts = {
    path,
    stateDir: temp.path,
    admit: () => root,
    deskFor: () => desk,
    follow: () => () => undefined,
    rehearse: (names) => Promise.resolve(names),
    ...change,
  };
  const server = await serveControl(parts);
  return {
    path,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await temp[Symbol.asyncDispose]();
    },
  };
}

async function raw(path: string, text: string): Promise<string> {
  const socket = createConnection(path);
  await once(socket, 'connect');
  socket.write(text);
  let said = '';
  socket.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    if (said.includes('\n')) socket.end();
  });
  await once(socket, 'close');
  return said;
}

test('verbs go there, results and errors with their codes come back', async () => {
  await using server = await serving();
  assert.equal(statSync(server.path).mode & 0o777, 0o660);
  using remote = await connectDesk(server.path);
  assert.ok(remote);
  assert.deepEqual(await remote.ask('changes', { all: true }), { verb: 'changes', args: { all: true } });
  await assert.rejects(remote.ask('show', { id: 'x' }), { code: 'NOT_FOUND', message: 'No change is called "x"' });
  await assert.rejects(remote.ask('verify', {}), { code: 'INTERNAL', message: /the disk is gone/ });
  const names = drills.map(({ name }) => name);
  assert.deepEqual(await remote.askDaemon('rehearse', { names }), names, 'all of them');
});

test('wrong lines and verbs are answered in words, and never reach the desk', async () => {
  let asked = 0;
  await using server = await serving({
    deskFor: () => ({
      ask: () => {
        asked += 1;
        return Promise.resolve({} as never);
      },
    }),
  });
  const cases: readonly (readonly [string, RegExp])[] = [
    ['nonsense\n', /not JSON/],
    ['[]\n', /is not 1/],
    ['{"v":2,"id":1,"verb":"status","args":{}}\n', /different versions/],
    ['{"v":1,"id":1,"verb":"drop","args":{}}\n', /knows no verb/],
    ['{"v":1,"id":1,"verb":"constructor","args":{}}\n', /knows no verb/],
    ['{"v":1,"id":1,"verb":"web.password.set","args":{"password":"x"}}\n', /knows no verb/],
    [
      '{"v":1,"id":1,"verb":"accept","args":{"ids":["a"],"reason":"r","scope":"all","untilMs":0,"dryRun":false}}\n',
      /argument \\"scope\\"/,
    ],
    ['{"v":1,"id":1,"verb":"status","args":{"extra":1}}\n', /takes no argument/],
    [`${'x'.repeat(MAX_REQUEST_BYTES + 2)}\n`, /longer than 64 KiB/],
  ];
  for (const [line, answer] of cases) assert.match(await raw(server.path, line), answer);
  assert.equal(asked, 0);
});

test('whom the kernel does not vouch for is refused in words', async () => {
  await using server = await serving({ admit: () => ({ refused: 'Cannot answer eve: only root may ask' }) });
  using remote = await connectDesk(server.path);
  await assert.rejects(remote?.ask('status', {}) ?? Promise.resolve(), {
    code: 'REFUSED',
    message: /only root may ask/,
  });
});

test('connections at work are not disturbed by more of them, which are told to come back', async () => {
  const first = Promise.withResolvers<never>();
  await using server = await serving({ deskFor: () => ({ ask: () => first.promise }) });
  const held = await Promise.all(Array.from({ length: MAX_CONNECTIONS }, () => connectDesk(server.path)));
  const asked = held.map(async (remote) => await remote?.ask('status', {}));
  await new Promise((done) => setTimeout(done, 100));
  using late = await connectDesk(server.path);
  await assert.rejects(late?.ask('status', {}) ?? Promise.resolve(), { code: 'BUSY' });
  first.resolve({ answered: true } as never);
  assert.equal((await Promise.all(asked)).length, MAX_CONNECTIONS);
  for (const remote of held) remote?.[Symbol.dispose]();
});

test('a thousand connections that say nothing, or half of it, shut nobody out', async () => {
  await using server = await serving();
  using early = await connectDesk(server.path);
  await early?.ask('status', {});
  const silent = Array.from({ length: 1000 }, (_, count) => {
    const socket = createConnection(server.path, () => {
      if (count % 2 === 0) socket.write('{"v":1,"id":1,"verb":"sta');
    });
    return socket.on('error', () => undefined);
  });
  await new Promise((done) => setTimeout(done, 300));
  using late = await connectDesk(server.path);
  assert.ok(await late?.ask('status', {}));
  const open = silent.filter((socket) => !socket.destroyed && socket.readyState === 'open').length;
  assert.ok(open < MAX_CONNECTIONS, `${open} are held`);
  for (const socket of silent) socket.destroy();
});

test('a flood of those who may not ask takes no place of those who may', async () => {
  let mayAsk = false;
  await using server = await serving({ admit: () => (mayAsk ? root : { refused: 'Cannot answer eve' }) });
  const eve = Array.from({ length: 300 }, () => createConnection(server.path).on('error', () => undefined));
  await new Promise((done) => setTimeout(done, 200));
  mayAsk = true;
  using remote = await connectDesk(server.path);
  assert.ok(await remote?.ask('status', {}));
  for (const socket of eve) socket.destroy();
});

test('pushes follow a follow, and end with the connection', async () => {
  let push: ((pushed: Pushed) => void) | undefined;
  const ended = Promise.withResolvers<void>();
  await using server = await serving({
    follow: (onPushed) => {
      push = onPushed;
      return () => ended.resolve();
    },
  });
  const remote = await connectDesk(server.path);
  assert.ok(remote);
  const got = Promise.withResolvers<Pushed>();
  remote.onPushed = got.resolve;
  await remote.ask('follow', {});
  await new Promise((done) => setTimeout(done, 10));
  push?.({ type: 'look', table: 'sockets', nowMs: 5 });
  assert.deepEqual(await got.promise, { type: 'look', table: 'sockets', nowMs: 5 });
  remote[Symbol.dispose]();
  await ended.promise;
});

test('a reader that does not read is dropped, and nobody else waits for it', async () => {
  let push: ((pushed: Pushed) => void) | undefined;
  const ended = Promise.withResolvers<void>();
  await using server = await serving({
    follow: (onPushed) => {
      push = onPushed;
      return () => ended.resolve();
    },
  });
  const slow = createConnection(server.path);
  slow.on('error', () => undefined);
  await once(slow, 'connect');
  slow.write('{"v":1,"id":1,"verb":"follow","args":{}}\n');
  await once(slow, 'readable');
  const big = { type: 'look', table: 'x'.repeat(1 << 20), nowMs: 0 } as const;
  for (let count = 0; count < 80; count += 1) push?.(big);
  await ended.promise;
  using other = await connectDesk(server.path);
  assert.ok(await other?.ask('status', {}));
  slow.destroy();
});

test('a socket left by a killed daemon is taken over; anything else that lies there is not', async () => {
  await using temp = await makeTemp();
  const parts = (path: string): ControlParts => ({
    path,
    stateDir: temp.path,
    admit: () => root,
    deskFor: () => desk,
    follow: () => () => undefined,
    rehearse: () => Promise.resolve([]),
  });
  const plain = join(temp.path, 'plain');
  writeFileSync(plain, 'precious');
  await assert.rejects(serveControl(parts(plain)), { code: 'SOCKET', message: /something else lies there/ });
  const link = join(temp.path, 'link');
  symlinkSync(plain, link);
  await assert.rejects(serveControl(parts(link)), { code: 'SOCKET' });
  const busy = join(temp.path, 'busy.sock');
  const other = createServer().listen(busy);
  await once(other, 'listening');
  await assert.rejects(serveControl(parts(busy)), { code: 'SOCKET', message: /another daemon/ });
  other.close();
  const open = join(temp.path, 'open');
  mkdirSync(open);
  chmodSync(open, 0o777);
  await assert.rejects(serveControl(parts(join(open, 'x.sock'))), { code: 'SOCKET', message: /writable by all/ });
});

test('below a long folder the socket gets a short name, and clients find it', async () => {
  await using temp = await makeTemp();
  const stateDir = join(temp.path, 'x'.repeat(MAX_SOCKET_PATH_BYTES));
  mkdirSync(stateDir);
  const runtime = join(temp.path, 'run');
  const path = controlPath(stateDir, { uid: 1000, env: { XDG_RUNTIME_DIR: runtime } });
  assert.ok(Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES, path);
  assert.match(
    controlPath(stateDir, { uid: 0, env: { XDG_RUNTIME_DIR: runtime } }),
    /^\/run\/telltale\/[0-9a-f]{16}\.sock$/,
  );
  {
    await using _server = await serveControl({
      path,
      stateDir,
      admit: () => root,
      deskFor: () => desk,
      follow: () => () => undefined,
      rehearse: () => Promise.resolve([]),
    });
    assert.equal(findControlPath(stateDir), path);
    using remote = await connectDesk(findControlPath(stateDir));
    assert.ok(await remote?.ask('status', {}));
  }
  assert.equal(existsSync(path), false);
  assert.equal(findControlPath(stateDir), join(stateDir, 'control.sock'));
  assert.equal(await connectDesk(findControlPath(stateDir)), undefined);
});

test('lineSplitter() gives the same lines however the bytes are cut', () => {
  const bytes = Buffer.from('eins\nzwei äö\n\nlast');
  for (let cut = 1; cut < bytes.length; cut += 1) {
    const splitter = lineSplitter(100);
    const lines: string[] = [];
    for (let at = 0; at < bytes.length; at += cut) lines.push(...(splitter.push(bytes.subarray(at, at + cut)) ?? []));
    assert.deepEqual(lines, ['eins', 'zwei äö', '']);
  }
  assert.equal(lineSplitter(3).push(Buffer.from('abcd')), undefined);
  assert.equal(lineSplitter(3).push(Buffer.from('abcd\n')), undefined);
});
