import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fakeHost } from '#test/lab/fake-host.ts';
import { makeTemp } from '#test/lab/temp.ts';
import { openStore } from './open.ts';

/** Rounds of killing; the writer is stopped at another moment each time. */
const rounds = 6;

test('kill -9 at any moment: what was acknowledged is there, seen goes with its alert, the chain is whole', async () => {
  await using temp = await makeTemp();
  const stateDir = `${temp.path}/state`;
  const acked = `${temp.path}/acked`;
  for (let round = 0; round < rounds; round += 1) {
    const child = spawn(process.execPath, [`${import.meta.dirname}/../../test/lab/killed-writer.ts`, stateDir, acked], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    await pause(20 + round * 37);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await using store = openStore({ stateDir, host: fakeHost(), mode: 'write' });
    const lines = readFileSync(acked, 'latin1').split('\n').slice(0, -1);
    const stored = new Set(store.openAlerts().map((alert) => alert.key));
    const seen = new Set(store.seen().map((row) => row.key));
    assert.ok(lines.length > 0);
    assert.deepEqual(
      lines.filter((line) => !stored.has(line)),
      [],
    );
    assert.deepEqual(stored, seen);
    const result = await store.verify(new AbortController().signal);
    assert.equal(result.whole, true, JSON.stringify(result.broken));
    assert.equal(result.records, stored.size);
  }
});
