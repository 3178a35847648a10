import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMountinfo } from '#formats/mountinfo.ts';
import { type Mounts, mountOf, mountsFor } from './mounts.ts';

function mounts(...lines: readonly string[]): Mounts {
  const text = lines.join('\n');
  return { all: parseMountinfo(text).rows, text };
}

const root = '1 0 254:0 / / rw - ext4 /dev/vda rw';

test('a path is on the mount that the kernel walks to', () => {
  const some = mounts(
    root,
    '2 1 0:30 / /srv rw - tmpfs none rw',
    '3 2 0:31 / /srv/data rw - xfs /dev/vdb rw',
    '4 3 0:32 / /srv/data rw - btrfs /dev/vdc rw',
  );
  assert.equal(mountOf(some, '/etc')?.id, 1);
  assert.equal(mountOf(some, '/srv')?.id, 2);
  assert.equal(mountOf(some, '/srvdata')?.id, 1);
  assert.equal(mountOf(some, '/srv/data/x')?.id, 4);
  assert.deepEqual(
    mountsFor(some, '/srv').map(({ id }) => id),
    [2, 4],
  );
});

test('a mount below a folder that is covered since is on no path', () => {
  const some = mounts(
    root,
    '21 1 254:0 /run/netns /run/netns rw - ext4 /dev/vda rw',
    '50 1 0:40 / /run rw - tmpfs x rw',
  );
  assert.equal(mountOf(some, '/run/netns')?.id, 50);
  assert.deepEqual(
    mountsFor(some, '/run').map(({ id }) => id),
    [50],
  );
  assert.deepEqual(
    mountsFor(some, '/').map(({ id }) => id),
    [1, 50],
  );
});

test('the root may be its own parent, and a chroot may see none', () => {
  assert.equal(mountOf(mounts('1 1 254:0 / / rw - ext4 /dev/vda rw'), '/etc')?.id, 1);
  const chroot = mounts('7 3 0:5 / /proc rw - proc proc rw');
  assert.equal(mountOf(chroot, '/etc'), undefined);
  assert.equal(mountOf(chroot, '/proc/1')?.id, 7);
});
