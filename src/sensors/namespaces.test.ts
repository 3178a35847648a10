import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { openLiveHost } from '#host/live.ts';
import { needsRoot } from '#test/lab/skip.ts';
import namespaceEvents from './namespace-events.ts';
import type { NamespaceRow } from './namespace-table.ts';
import sensor from './namespaces.ts';

/** Rows while a program runs under unshare(1) with these arguments. */
async function rowsUnder(args: readonly string[]) {
  const inside = ['/usr/bin/perl', '-e', '$|=1; print "ready\\n"; <STDIN>;'];
  const child = spawn('/usr/bin/unshare', [...args, ...inside], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    await once(child.stdout, 'data');
    using host = openLiveHost({ namespaces: 'all' });
    const { rows } = await sensor.look(host, AbortSignal.timeout(20_000));
    return rows.filter(
      ({ exe, parents }) => exe === '/usr/bin/perl' && parents.some((name) => name.includes(`(${process.pid})`)),
    );
  } finally {
    const ended = once(child, 'exit');
    child.stdin.end();
    await ended;
  }
}

describe('namespaces', { skip: needsRoot(), concurrency: false }, () => {
  test('who lives apart is a row, with what leads back to the host', async () => {
    const [row] = await rowsUnder(['--mount', '--pid', '--net', '--fork']);
    assert.deepEqual([row?.kinds, row?.count, row?.user], ['mnt net pid', 1, 'root']);
    assert.ok(row?.reach.includes('CAP_SYS_ADMIN'));
    // With a user namespace the same rights lead nowhere.
    const [mapped] = await rowsUnder(['--user', '--map-root-user', '--mount', '--pid', '--fork']);
    assert.deepEqual([mapped?.kinds, mapped?.reach], ['mnt pid user', []]);
  });

  test('folders of its own are not a container, and nobody else is a row', async () => {
    const [row] = await rowsUnder(['--mount']);
    assert.deepEqual([row?.kinds, row?.reach], ['mnt', []]);
    using host = openLiveHost({ namespaces: 'all' });
    const { rows } = await sensor.look(host, AbortSignal.timeout(20_000));
    assert.deepEqual(
      rows.filter(({ pid }) => pid === process.pid),
      [],
    );
  });

  test('where only our own network namespace is watched, only its processes are asked', async () => {
    const child = spawn('/usr/bin/unshare', ['--net', '/usr/bin/sleep', '30'], { stdio: 'ignore' });
    try {
      await once(child, 'spawn');
      await new Promise((done) => setTimeout(done, 200));
      using host = openLiveHost({ namespaces: 'own' });
      const { rows, by } = await sensor.look(host, AbortSignal.timeout(10_000));
      assert.equal(by, '/proc');
      assert.deepEqual(
        rows.filter(({ kinds }) => kinds.includes('net')),
        [],
      );
    } finally {
      child.kill();
    }
  });

  test('who makes a user namespace is told at once, also when it is gone; the first of a pid namespace is its child', async () => {
    using host = openLiveHost({ namespaces: 'all', tag: `c0e3${process.pid.toString(16)}` });
    await using listening = await namespaceEvents.listen(host, AbortSignal.timeout(15_000));
    const script =
      'system("/usr/bin/unshare", "-Ur", "/usr/bin/true"); unless (fork) { exec "/usr/bin/unshare", "-pf", "/usr/bin/perl", "-e", "sleep 3" } exec "/usr/bin/unshare", "-Ur", "/usr/bin/sleep", "5"';
    const child = spawn('/usr/bin/perl', ['-e', script], { stdio: 'ignore' });
    const told: string[] = [];
    try {
      for await (const batch of listening.events) {
        for (const { row } of batch) {
          const { kinds, exe, parents, pid } = row as NamespaceRow;
          if (pid === child.pid || parents.some((name) => name.endsWith(`(${child.pid})`)))
            told.push(`${kinds} ${exe}`);
        }
        if (told.length >= 3) break;
      }
    } finally {
      child.kill();
    }
    assert.deepEqual(told.toSorted(), ['pid /usr/bin/perl', 'user /usr/bin/sleep', 'user /usr/bin/true']);
  });
});
