import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { openLiveHost } from '#host/live.ts';
import { needsRoot } from '#test/lab/skip.ts';
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

  test('is not asked where only our own namespace is watched', async () => {
    using host = openLiveHost({ namespaces: 'own' });
    assert.deepEqual((await sensor.look(host, AbortSignal.timeout(10_000))).by, 'not asked');
  });
});
