import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { openLiveHost } from '#host/live.ts';
import type { Host } from '#model/host.ts';
import { needsRoot } from '#test/lab/skip.ts';
import sensor from './hidden-processes.ts';

/** This machine, with a rootkit that takes these numbers out of every listing. */
function hiding(host: Host, hidden: ReadonlySet<number>): Host {
  const { kernel } = host;
  assert.ok(kernel);
  return {
    ...host,
    kernel: {
      ...kernel,
      listedProcesses: () => kernel.listedProcesses()?.filter((pid) => !hidden.has(pid)),
    },
  };
}

/** Looks until every number was asked about once. */
async function lookAtAll(host: Host) {
  const rows = [];
  for (let look = 0; look < 3; look += 1) rows.push(...(await sensor.look(host, AbortSignal.timeout(60_000))).rows);
  return rows;
}

describe('hidden-processes', { skip: needsRoot(), concurrency: false }, () => {
  test('finds what answers and is not listed', async () => {
    using host = openLiveHost({ namespaces: 'all' });
    const child = spawn('/usr/bin/sleep', ['60'], { stdio: 'ignore' });
    try {
      await once(child, 'spawn');
      // It must be older than the time between two sightings.
      await new Promise((resolve) => setTimeout(resolve, 1700));
      const rows = await lookAtAll(hiding(host, new Set([child.pid ?? 0])));
      const row = rows.find(({ pid }) => pid === child.pid);
      assert.deepEqual([row?.seenBy, row?.comm, row?.user, row?.count], ['number', 'sleep', 'root', 1]);
      assert.deepEqual(
        rows.filter(({ pid }) => pid !== child.pid),
        [],
      );
    } finally {
      child.kill();
    }
  });

  test('finds nothing on a host that starts hundreds of processes a second', async () => {
    using host = openLiveHost({ namespaces: 'all' });
    // Short ones, and some that live as long as the time between two sightings.
    const storm = spawn(
      '/bin/sh',
      ['-c', 'while :; do sleep 0.01 & sleep 1.6 & /bin/true; /bin/true; sleep 0.01; wait %1 2>/dev/null; done'],
      { stdio: 'ignore', detached: true },
    );
    try {
      assert.deepEqual(await lookAtAll(host), []);
    } finally {
      process.kill(-(storm.pid ?? 0), 'SIGKILL');
    }
  });

  test('is not asked where only our own namespace is watched', async () => {
    using host = openLiveHost({ namespaces: 'own' });
    const look = await sensor.look(hiding(host, new Set([process.pid])), AbortSignal.timeout(10_000));
    assert.deepEqual([look.rows, look.by], [[], 'not asked']);
  });
});
