import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { endChild, signalChild } from './end-child.ts';

/** A child that says "up"; `script` runs in it. */
async function child(script: string): Promise<ChildProcess> {
  const started = spawn(process.execPath, ['-e', `${script}; console.log('up')`], { stdio: 'pipe' });
  await once(started.stdout, 'data');
  return started;
}

/** As where it has another user and we have no CAP_KILL. */
function untouchable(of: ChildProcess): ChildProcess {
  of.kill = () => {
    throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' });
  };
  return of;
}

test('a child ends by SIGTERM, and by SIGKILL where it does not listen', async () => {
  const willing = await child('setInterval(() => {}, 1000)');
  await endChild(willing);
  assert.equal(willing.signalCode, 'SIGTERM');
  const deaf = await child(`process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)`);
  await endChild(deaf, 100);
  assert.equal(deaf.signalCode, 'SIGKILL');
  await endChild(deaf);
});

test('a child that we may not signal ends with its pipes, or is left alone', async () => {
  const willing = untouchable(await child(`process.stdin.on('close', () => process.exit(7)).resume()`));
  assert.equal(signalChild(willing, 'SIGKILL'), false);
  await endChild(willing);
  assert.equal(willing.exitCode, 7);
  const stubborn = await child(`process.stdin.resume(); setInterval(() => {}, 1000)`);
  await endChild(untouchable(stubborn), 100);
  assert.equal(stubborn.exitCode, null);
  process.kill(stubborn.pid ?? 0, 'SIGKILL');
  await once(stubborn, 'exit');
});

test('what else goes wrong is thrown', () => {
  const odd = { kill: () => assert.fail('odd') } as unknown as ChildProcess;
  assert.throws(() => signalChild(odd, 'SIGTERM'), /odd/);
});
