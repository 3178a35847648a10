import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import test from 'node:test';
import type { Alert } from '#model/finding.ts';
import listener from './listener.ts';

const portIn = (words: string): number => Number(/port (\d+)/.exec(words)?.[1]);

test('the listener drill opens a port as our own hand, and leaves nothing behind', async () => {
  const own = new Set<number>();
  let port = 0;
  let pid = 0;
  {
    await using act = await listener.act({ own }, AbortSignal.timeout(10_000));
    port = portIn(act.words);
    assert.equal(own.size, 1);
    [pid = 0] = own;
    assert.ok(Math.abs(Date.now() - act.atMs) < 10_000);
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.destroy();
    const alert = (rule: string, facts: object): Alert => ({ finding: { rule, facts } }) as unknown as Alert;
    assert.ok(act.isToldBy(alert('new-listener', { port })));
    assert.ok(!act.isToldBy(alert('new-listener', { port: port + 1 })));
    assert.ok(!act.isToldBy(alert('listener-gone', { port })));
  }
  assert.equal(own.size, 0);
  assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
  const [error] = (await once(connect(port, '127.0.0.1'), 'error')) as [NodeJS.ErrnoException];
  assert.equal(error.code, 'ECONNREFUSED');
});

test('the listener drill can be stopped before it began', async () => {
  const own = new Set<number>();
  await assert.rejects(listener.act({ own }, AbortSignal.abort()));
  assert.equal(own.size, 0);
});
