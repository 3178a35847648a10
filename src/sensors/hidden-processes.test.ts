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

/** Numbers answer when asked alone, and where `answers` says so. */
function oneByOne(host: Host, answers: (pid: number) => boolean) {
  return (first: number, count: number, isListed: (pid: number) => boolean): readonly number[] =>
    count === 1 && answers(first) ? (host.kernel?.processesAmong(first, 1, isListed) ?? []) : [];
}

/** The groups tell nothing. */
function withoutGroups({ files }: Host): Host['files'] {
  return {
    read: (path, maxBytes) => files.read(path, maxBytes),
    list: (path) => files.list(path),
    stat: (path) => (path.startsWith('/sys/fs/cgroup') ? { error: 'ENOENT', path } : files.stat(path)),
    readlink: (path) => files.readlink(path),
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
    const child = spawn('/usr/bin/sleep', ['60'], { stdio: 'ignore', argv0: '--token=hunter2' });
    try {
      await once(child, 'spawn');
      // It must be older than the time between two sightings.
      await new Promise((resolve) => setTimeout(resolve, 1700));
      const rows = await lookAtAll(hiding(host, new Set([child.pid ?? 0])));
      const row = rows.find(({ pid }) => pid === child.pid);
      assert.deepEqual([row?.seenBy, row?.comm, row?.user, row?.count], ['number', 'sleep', 'root', 1]);
      assert.equal(row?.cmdline, '--token=[withheld] 60');
      assert.deepEqual(
        rows.filter(({ pid }) => pid !== child.pid),
        [],
      );
    } finally {
      child.kill();
    }
  });

  test('finds what events told of, also where numbers do not answer in bulk, or at all', async () => {
    using live = openLiveHost({ namespaces: 'all', tag: `c0e7${process.pid.toString(16)}` });
    const stop = new AbortController();
    await using events = await live.kernelEvents(stop.signal, ['exec']);
    void (async () => {
      for await (const batch of events.batches) if (batch.length === 0) break;
    })();
    const child = spawn('/usr/bin/sleep', ['60'], { stdio: 'ignore' });
    try {
      await once(child, 'spawn');
      await new Promise((resolve) => setTimeout(resolve, 1700));
      const pid = child.pid ?? 0;
      const hidden = { ...hiding(live, new Set([pid])), files: withoutGroups(live) };
      const bulk = { ...hidden.kernel, processesAmong: oneByOne(live, () => true) } as Host['kernel'] & object;
      const seen = (await sensor.look({ ...hidden, kernel: bulk }, AbortSignal.timeout(60_000))).rows;
      assert.deepEqual(
        seen.map((row) => [row.pid, row.seenBy, row.comm]),
        [[pid, 'events', 'sleep']],
      );
      // A rootkit that lies to kill as well: /proc/PID is there for who knows its name.
      const mute = { ...hidden.kernel, processesAmong: oneByOne(live, (asked) => asked !== pid) } as typeof bulk;
      const [row] = (await sensor.look({ ...hidden, kernel: mute }, AbortSignal.timeout(60_000))).rows;
      assert.deepEqual([row?.pid, row?.seenBy], [pid, 'events']);
      child.kill();
      await once(child, 'exit');
      await new Promise((resolve) => setTimeout(resolve, 300));
      assert.ok(live.processes.living?.().includes(pid) === false);
    } finally {
      child.kill();
      stop.abort();
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
