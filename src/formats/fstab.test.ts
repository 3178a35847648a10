import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import { linesOf } from '#lib/parse-lines.ts';
import { parseFstab } from './fstab.ts';
import { isMountNoise } from './mount-noise.ts';

test('lines of fstab are read as mount(8) reads them', () => {
  const { rows, rejects } = parseFstab(
    ['# comment', '', 'UUID=1 / ext4 errors=remount-ro 0 1', '\t/dev/sdb1\t/my\\040disk  vfat', 'tmpfs /tmp', 'x'].join(
      '\n',
    ),
  );
  assert.deepEqual(
    rows.filter(({ source }) => source !== ''),
    [
      { source: 'UUID=1', point: '/', type: 'ext4', options: ['errors=remount-ro'] },
      { source: '/dev/sdb1', point: '/my disk', type: 'vfat', options: ['defaults'] },
    ],
  );
  assert.deepEqual(rejects, ['tmpfs /tmp', 'x']);
});

test('parseFstab() accounts for every line of any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const { rows, rejects } = parseFstab(text);
      assert.equal(rows.length + rejects.length, linesOf(text).length);
    }),
  );
});

test('what comes and goes by itself is noise; what hides behind its place is none', () => {
  const noise = (point: string, type: string, root = '/'): boolean => isMountNoise({ point, type, root });
  assert.ok(noise('/run/netns/blue', 'nsfs', 'net:[4026532281]'));
  assert.ok(noise('/run/netns', 'ext4', '/run/netns'));
  assert.ok(noise('/run/netns', 'tmpfs', '/netns'));
  assert.ok(noise('/var/lib/docker/overlay2/0123/merged', 'overlay'));
  assert.ok(noise('/run/user/1000', 'tmpfs'));
  assert.ok(noise('/snap/core/1', 'squashfs'));
  assert.ok(noise('/proc/fs/nfsd', 'nfsd'));
  assert.ok(noise('/boot/efi', 'autofs'));
  assert.ok(!noise('/etc/cron.d', 'autofs'));
  assert.ok(!noise('/proc/fs/nfsd', 'tmpfs'));
  assert.ok(!noise('/run/user/1000', 'ext4'));
  assert.ok(!noise('/snap/core/1', 'squashfs', '/evil'));
  assert.ok(!noise('/var/lib/docker/overlay2/0123/merged', 'ext4', '/tmp/x'));
  assert.ok(!noise('/etc/cron.d', 'tmpfs'));
});
