import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayStall, serversIn } from './stalling-mounts.ts';

const mount = (point: string, type: string, options = 'rw'): string =>
  `555 554 0:97 / ${point} rw,relatime - ${type} source ${options}\n`;

test('servers are what other machines and programs answer for, but not what all stands on', () => {
  const found = serversIn(
    [
      mount('/', '9p'),
      mount('/proc/meminfo', 'fuse.lxcfs', 'rw,user_id=0'),
      mount('/data', 'ext4'),
      mount('/home/bob', 'fuse', 'rw,user_id=1000,group_id=0,allow_other'),
      mount('/srv/a\\040b', 'fuse.sshfs', 'rw,user_id=0'),
      mount('/mnt', 'nfs4'),
    ].join(''),
  );
  assert.deepEqual(
    found.map(({ point, byUser }) => [point, byUser]),
    [
      ['/home/bob', true],
      ['/srv/a b', false],
      ['/mnt', false],
    ],
  );
});

test('what lies on this machine is not held back', () => {
  for (const path of ['/proc/self/status', '/etc/passwd', '/proc/self/exe', '/nowhere/at/all', '/'])
    assert.equal(mayStall(path), undefined, path);
});
