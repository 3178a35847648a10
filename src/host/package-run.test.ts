import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Files } from '#model/host.ts';
import { openPackageRun } from './package-run.ts';

/** A log that grows and a lock that is taken and given back; times are seconds after six in the morning. */
function scene() {
  const dayMs = new Date(2026, 10, 21, 6).getTime();
  let nowMs = dayMs;
  let text = '';
  let locked = false;
  const files: Files = {
    read: (path) => (path === '/var/log/dpkg.log' ? Buffer.from(text) : { error: 'ENOENT', path }),
    list: (path) => ({ error: 'ENOENT', path }),
    readlink: (path) => ({ error: 'ENOENT', path }),
    stat: (path) =>
      path === '/var/log/dpkg.log'
        ? {
            type: 'file',
            inode: 1,
            device: 1,
            links: 1,
            sizeBytes: text.length,
            mode: 0o644,
            uid: 0,
            gid: 0,
            mtimeMs: nowMs,
            ctimeMs: nowMs,
          }
        : { error: 'ENOENT', path },
  };
  const ask = openPackageRun(files, { nowMs: () => nowMs, monotonicMs: () => nowMs }, () => locked);
  return {
    at: (second: number, ...words: readonly string[]): void => {
      nowMs = dayMs + second * 1000;
      const time = new Date(nowMs).toTimeString().slice(0, 8);
      for (const line of words) text += `2026-11-21 ${time} ${line}\n`;
    },
    lock: (is: boolean) => {
      locked = is;
    },
    /** The run's start in seconds, whether it is over, and its packages. */
    run: (): readonly [number, boolean, readonly string[]] | undefined => {
      nowMs += 1000;
      const run = ask();
      nowMs -= 1000;
      return run && [(run.startedMs - dayMs) / 1000, run.endedMs !== 0, [...run.packages.values()]];
    },
    before: () => [...(ask()?.before?.values() ?? [])],
  };
}

test('a script that works for minutes is no end of the run, and its packages are not forgotten', () => {
  const { at, run } = scene();
  at(0, 'startup archives unpack', 'install linux-image:amd64 <none> 6.1', 'startup packages configure');
  at(200, 'status installed linux-image:amd64 6.1', 'trigproc initramfs-tools:all 0.1 <none>');
  assert.deepEqual(run(), [0, true, ['linux-image 6.1 installed']]);
});

test('another call long afterwards is another run, and what the first one changed is known for ten minutes', () => {
  const { at, run, before } = scene();
  at(0, 'startup archives unpack', 'install a:amd64 <none> 1');
  at(100, 'startup archives unpack', 'install b:amd64 <none> 1');
  assert.deepEqual(run(), [100, true, ['b 1 installed']]);
  assert.deepEqual(before(), ['a 1 installed']);
  at(650);
  assert.deepEqual(run(), [100, true, ['b 1 installed']]);
  assert.deepEqual(before(), []);
});

test('runs between which the lock was seen free are two, however short the pause; calls below one lock are one', () => {
  const { at, run, lock, before } = scene();
  assert.equal(run(), undefined);
  at(10);
  lock(true);
  assert.deepEqual(run(), [11, false, []]);
  at(20, 'startup archives unpack', 'install a:amd64 <none> 1');
  at(130, 'startup packages configure', 'configure a:amd64 1 <none>', 'status installed a:amd64 1');
  assert.deepEqual(run(), [11, false, ['a 1 installed']]);
  at(132);
  lock(false);
  assert.deepEqual(run(), [11, true, ['a 1 installed']]);
  at(133);
  assert.deepEqual(run(), [11, true, ['a 1 installed']]);
  at(134);
  lock(true);
  assert.deepEqual(run(), [135, false, []]);
  assert.deepEqual(before(), ['a 1 installed']);
  at(140, 'startup archives unpack', 'install b:amd64 <none> 1', 'startup packages configure');
  assert.deepEqual(run(), [135, false, ['b 1 installed']]);
  at(142);
  lock(false);
  assert.deepEqual(run(), [135, true, ['b 1 installed']]);
  assert.deepEqual(before(), ['a 1 installed']);
});

test('the same version once more is not told as a change of it', () => {
  const { at, run } = scene();
  at(0, 'startup archives unpack', 'upgrade a:amd64 1 1', 'upgrade b:amd64 2 1', 'remove c:amd64 1 <none>');
  assert.deepEqual(run()?.[2], ['a 1 installed again', 'b 2 → 1', 'c 1 removed']);
});

test('what was only configured was unpacked by a run that was cut off', () => {
  const { at, run } = scene();
  at(0, 'startup archives unpack', 'install a:amd64 <none> 1', 'status unpacked a:amd64 1');
  at(100, 'startup packages configure', 'configure a:amd64 1 <none>', 'status installed a:amd64 1');
  assert.deepEqual(run(), [100, true, ['a 1 configured']]);
});
