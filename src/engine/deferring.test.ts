import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PackageRun, Writer } from '#model/host.ts';
import { defineTable } from '#model/table.ts';
import { fakeHost } from '#test/lab/fake-host.ts';
import { Deferrals } from './deferring.ts';

const columns = { path: ['text', '', 'identity'] } as const;
const files = defineTable({ name: 'entries', doc: '', slot: [], file: 'path', columns });
const run = (endedMs: number): PackageRun => ({ startedMs: 1, endedMs, packages: new Map() });
const at = (path: string, nowMs = 10_000) => ({ key: path, row: { path }, nowMs });
const who: Writer['who'] = {
  pid: 9,
  exe: '/usr/bin/mv',
  comm: 'mv',
  cmdline: '',
  user: 'root',
  uid: 0,
  parents: [],
  unit: '',
  package: '',
  session: '',
  startedMs: 0,
};

test('a row of a file waits while dpkg works and nobody can be named for it, three looks at most', () => {
  const host = fakeHost();
  const deferrals = new Deferrals(files);
  const asked = [1, 2, 3, 4].map(() => {
    deferrals.begin(run(0));
    return [deferrals.isLater(at('/etc/x'), host, run(0)), deferrals.waits];
  });
  assert.deepEqual(asked, [
    [true, true],
    [true, true],
    [true, true],
    [false, false],
  ]);
  deferrals.begin(run(0));
  assert.ok(deferrals.isLater(at('/etc/x'), host, run(0)), 'another change of it');
  host.writers.set('/etc/x', { who, timeMs: 1, underDpkg: false });
  assert.equal(deferrals.isLater(at('/etc/x'), host, run(0)), false);
});

test('a file that dpkg put there waits twice for the list that says whose it is', () => {
  const host = fakeHost();
  const deferrals = new Deferrals(files);
  host.writers.set('/etc/x', { who, timeMs: 1, underDpkg: true });
  assert.deepEqual(
    [1, 2, 3].map(() => deferrals.isLater(at('/etc/x'), host, run(0))),
    [true, true, false],
  );
  assert.ok(deferrals.isLater(at('/etc/x'), host, run(0)));
  host.packaged.set('/etc/x', { name: 'x', verify: 'same' });
  assert.equal(deferrals.isLater(at('/etc/x'), host, run(0)), false);
  assert.equal(deferrals.isLater(at('/etc/y'), host, run(9_999)), true, 'nobody can be named for it');
  host.writers.set('/etc/y', { who, timeMs: 1, underDpkg: true });
  assert.equal(deferrals.isLater(at('/etc/y'), host, run(9_999)), false, 'the run is over');
});

test('nothing waits without a run, long after it, or in tables that come from no file', () => {
  const host = fakeHost();
  const deferrals = new Deferrals(files);
  assert.equal(deferrals.isLater(at('/etc/x'), host), false);
  assert.equal(deferrals.isLater(at('/etc/x'), host, run(4_000)), false);
  assert.equal(deferrals.isLater(at('/etc/x'), host, run(6_000)), true);
  assert.equal(deferrals.isLater(at(''), host, run(0)), false);
  const others = new Deferrals(defineTable({ name: 'others', doc: '', slot: [], columns }));
  assert.equal(others.isLater(at('/etc/x'), host, run(0)), false);
});
