import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { makeTemp } from '#test/lab/temp.ts';
import { openLiveHost } from './live.ts';
import { firstNamespace } from './namespaces.ts';

test('the live host knows our listener, its owner, and what that is', async () => {
  await using temp = await makeTemp();
  using host = openLiveHost({ namespaces: 'own' });
  const server = createServer().listen(`${temp.path}/door`);
  await once(server, 'listening');
  const snapshot = await host.network.snapshot({
    scope: 'own',
    what: 'receiving',
    signal: AbortSignal.timeout(10_000),
  });
  server.close();
  const index = Array.from({ length: snapshot.length }, (_, i) => i).find(
    (i) => snapshot.at(i).path === `${temp.path}/door`,
  );
  assert.ok(index !== undefined);
  assert.deepEqual(snapshot.ownersOf(index), [process.pid]);
  const socket = snapshot.at(index);
  assert.deepEqual([socket.protocol, socket.state, socket.uid], ['stream', 'LISTEN', process.getuid?.()]);
  assert.equal(host.network.labelOf(socket.namespace), 'host');
  const facts = host.processes.get(process.pid);
  assert.equal(facts?.exe, process.execPath);
  assert.equal(facts?.namespace, socket.namespace);
  assert.ok(host.own.has(process.pid));
  assert.equal(host.network.interfaceName(1), 'lo');
  assert.equal(host.userName(0), 'root');
});

test('a name that is not UTF-8 is told apart from another one', async () => {
  const { libc } = await import('./ffi.ts');
  using host = openLiveHost({ namespaces: 'own' });
  const fds = [0xfe, 0xff].map((byte) => {
    const address = Buffer.concat([
      Buffer.from([1, 0, 0]),
      Buffer.from(`telltale-${process.pid}-`),
      Buffer.from([byte]),
    ]);
    const fd = libc.socket(1, 2, 0);
    assert.equal(libc.bind(fd, address, address.length), 0);
    return fd;
  });
  const snapshot = await host.network.snapshot({
    scope: 'own',
    what: 'receiving',
    signal: AbortSignal.timeout(10_000),
  });
  for (const fd of fds) libc.close(fd);
  const paths = Array.from({ length: snapshot.length }, (_, i) => snapshot.at(i).path).filter((path) =>
    path.includes(`telltale-${process.pid}-`),
  );
  assert.deepEqual(paths.sort(), [`@telltale-${process.pid}-\\xfe`, `@telltale-${process.pid}-\\xff`]);
});

test('kernel events are refused to who does not hold the lock of a state directory', async () => {
  using host = openLiveHost({ namespaces: 'own' });
  await assert.rejects(host.kernelEvents(AbortSignal.timeout(1000)), /does not hold the lock/);
});

test('the first namespace is that of pid 1, or where it is hidden the one of the fixed number', () => {
  const fixed = 4_026_531_833;
  assert.equal(firstNamespace(4_026_531_840, 4_026_531_840), 4_026_531_840);
  assert.equal(firstNamespace(4_026_531_840, 4_026_532_000), 4_026_531_840);
  assert.equal(firstNamespace(0, fixed), fixed);
  assert.equal(firstNamespace(0, 4_026_532_000), 0, 'nobody can tell: then only our own is watched');
});
