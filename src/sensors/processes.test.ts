import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { openLiveHost } from '#host/live.ts';
import { lookAtProcesses } from './processes.ts';

test('processes: what ps says of us and of a child, and the threads of the kernel as such', async () => {
  using host = openLiveHost({ namespaces: 'all' });
  const child = spawn('/usr/bin/sleep', ['60'], { stdio: 'ignore' });
  try {
    await once(child, 'spawn');
    const { rows } = await lookAtProcesses(host);
    const own = rows.find(({ pid }) => pid === process.pid);
    const sleeper = rows.find(({ pid }) => pid === child.pid);
    assert.ok(own !== undefined && sleeper !== undefined);
    assert.deepEqual([own.exe, own.threads > 1], [process.execPath, true]);
    assert.ok(Math.abs(own.residentKb * 1024 - process.memoryUsage.rss()) < 64 << 20);
    assert.ok(Number(own.memory) > 0 && Number(own.memory) < 100 && own.virtualKb > own.residentKb);
    assert.deepEqual([sleeper.parentPid, sleeper.package, sleeper.state], [process.pid, 'coreutils', 'S']);
    assert.match(sleeper.cmdline, /sleep 60$/);
    assert.deepEqual(sleeper.signs, []);
    const kernel = rows.filter(({ pid }) => pid === 2);
    assert.deepEqual(
      kernel.map((row) => [row.comm, row.kernel, row.exe]),
      [['kthreadd', true, '']],
    );
    assert.equal(new Set(rows.map(({ process: name }) => name)).size, rows.length);
  } finally {
    child.kill();
  }
});
