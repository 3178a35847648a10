import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeHost, fakeProcess } from '#test/lab/fake-host.ts';
import { isByDescriptor, startedPath } from './started-path.ts';

function standing(cwd: string) {
  const host = { ...fakeHost(), scope: 'all' as const };
  host.table.set(3, fakeProcess({ pid: 3, parentPid: 1, exe: '/usr/bin/bash' }));
  host.table.set(7, fakeProcess({ pid: 7, parentPid: 3, exe: '/usr/bin/bash' }));
  host.table.set(9, fakeProcess({ pid: 9, parentPid: 7, exe: './x' }));
  const plain = host.files;
  const files = {
    ...host.files,
    stat: (path: string) => plain.stat(path),
    readlink: (path: string) => (path === '/proc/3/cwd' ? cwd : plain.readlink(path)),
  };
  return { ...host, files };
}

test('a relative name is looked for where the nearest parent that lives stands', () => {
  const host = standing('/tmp/den');
  assert.equal(startedPath(host, { pid: 9, exe: './x' }), '/tmp/den/x', 'deleted since');
  assert.equal(startedPath(host, { pid: 9, exe: '../x' }), '/tmp/x');
  const elsewhere = standing('/srv');
  assert.equal(startedPath(elsewhere, { pid: 9, exe: './x' }), '', 'the shell may have moved on');
  elsewhere.disk.set('/dev/shm/x', { content: Buffer.alloc(0), ctimeMs: 0, inode: 1 });
  assert.equal(startedPath(elsewhere, { pid: 9, exe: './x' }), '/dev/shm/x');
  elsewhere.disk.set('/srv/x', { content: Buffer.alloc(0), ctimeMs: 0, inode: 2 });
  assert.equal(startedPath(elsewhere, { pid: 9, exe: './x' }), '/srv/x');
  assert.equal(startedPath(standing('(unreachable)/x'), { pid: 9, exe: './x' }), '');
});

test('what a descriptor means only the process itself could tell: ours are other files', () => {
  const host = standing('/tmp');
  for (const exe of ['/proc/self/fd/4', '/dev/fd/4', '/proc/thread-self/fd/3', '/proc/12/fd/3', '/proc/self/exe'])
    assert.deepEqual([isByDescriptor(exe), startedPath(host, { pid: 7, exe })], [true, '']);
  assert.equal(isByDescriptor('/dev/shm/x'), false);
  assert.equal(startedPath(host, { pid: 7, exe: '/usr/bin/true' }), '/usr/bin/true');
});
