import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { isFailure } from '#model/host.ts';
import { needsRoot } from '#test/lab/skip.ts';
import { loadBindProgram } from './bpf-bind.ts';
import { createMap } from './bpf-call.ts';
import { openClock } from './clock.ts';
import { libc } from './ffi.ts';
import { openFiles } from './files.ts';
import { openKernel } from './kernel.ts';
import { openTracefsMount } from './tracefs-mount.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');

test('an eBPF program is seen with its name, type and owner while it is loaded', { skip: needsRoot() }, () => {
  using kernel = openKernel(openFiles(), openClock());
  const maps = { ring: createMap(27, 0, 0, 4096), lost: createMap(2, 4, 8, 1) };
  const program = loadBindProgram(12, maps);
  const ours = () => {
    const programs = kernel.bpfPrograms();
    assert.ok(!isFailure(programs));
    return programs.find(({ owners, name }) => name === 'telltale_bind' && owners.includes(process.pid));
  };
  const seen = ours();
  assert.equal(seen?.type, 'cgroup_sock');
  assert.match(seen.tag, /^[0-9a-f]{16}$/);
  assert.ok(Math.abs(Date.now() - seen.loadedMs) < 60_000);
  for (const fd of [program, maps.ring, maps.lost]) libc.close(fd);
  assert.equal(ours(), undefined);
});

test('tracefs is reached, and its files are read from its root', { skip: needsRoot() }, () => {
  using kernel = openKernel(openFiles(), openClock());
  const tracefs = kernel.pseudo('tracefs');
  assert.ok(!isFailure(tracefs));
  assert.ok(!isFailure(tracefs.read('/README')));
});

test('room on a file system, and the error where there is none', () => {
  using kernel = openKernel(openFiles(), openClock());
  const space = kernel.space('/');
  assert.ok(!isFailure(space) && space.totalBytes > 0 && space.freeBytes <= space.totalBytes);
  assert.deepEqual(kernel.space('/no/such/place'), { error: 'ENOENT', path: '/no/such/place' });
});

test('mounts of our own namespace stir, each time again', { skip: needsRoot() }, async () => {
  const script = join(root, 'test/lab/hear-mounts.ts');
  const { stdout } = await run('/usr/bin/unshare', ['--mount', '--propagation', 'private', process.execPath, script]);
  assert.equal(stdout, 'stirred stirred ended');
});

test('devices are heard of, and it ends when it is told to', { skip: needsRoot() }, async () => {
  using kernel = openKernel(openFiles(), openClock());
  const stop = new AbortController();
  await using heard = kernel.stirrings('devices', stop.signal);
  assert.equal(heard.deaf, undefined);
  const next = heard.times[Symbol.asyncIterator]().next();
  stop.abort();
  assert.equal((await next).done, true);
});

test('a tracing instance and a probe are heard of, our own instances are not', { skip: needsRoot() }, async () => {
  using kernel = openKernel(openFiles(), openClock());
  const mount = openTracefsMount();
  assert.ok(typeof mount !== 'string');
  using tracefs = mount;
  const stop = new AbortController();
  await using heard = kernel.stirrings('hooks', stop.signal);
  assert.equal(heard.deaf, undefined);
  const times = heard.times[Symbol.asyncIterator]();
  let stirs = 0;
  const listening = (async () => {
    while ((await times.next()).done !== true) stirs += 1;
  })();
  const settled = (): Promise<void> => new Promise((done) => setTimeout(done, 100));
  const instance = (name: string): string => `${tracefs.path}/instances/${name}`;
  mkdirSync(instance(`telltale-${process.pid.toString(16)}-test`));
  rmdirSync(instance(`telltale-${process.pid.toString(16)}-test`));
  await settled();
  assert.equal(stirs, 0);
  mkdirSync(instance(`tt-test-${process.pid}`));
  await settled();
  const made = stirs;
  assert.ok(made > 0);
  rmdirSync(instance(`tt-test-${process.pid}`));
  await settled();
  const removed = stirs;
  assert.ok(removed > made);
  // Taking away a probe that is not there is refused, and says as much as any other write.
  assert.throws(() => writeFileSync(`${tracefs.path}/uprobe_events`, `-:tt_test_${process.pid}/none\n`));
  await settled();
  assert.ok(stirs > removed);
  stop.abort();
  await listening;
});

test('the clock is asked how it is kept, and nothing is set', () => {
  using kernel = openKernel(openFiles(), openClock());
  const clock = kernel.clock?.();
  assert.ok(clock !== undefined && !isFailure(clock));
  assert.equal(typeof clock.synchronised, 'boolean');
  // What chrony and timesyncd do to a clock stays within some thousandths.
  assert.ok(Math.abs(clock.ratePpm) < 10_000, String(clock.ratePpm));
});
