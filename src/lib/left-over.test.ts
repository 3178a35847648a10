import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLeftOver } from './left-over.ts';

test('left over: what dpkg, ucf and editors write beside a file; a name that only looks like it counts', () => {
  for (const name of ['sshd.dpkg-new', 'sshd.dpkg-old', 'x.dpkg-dist', 'x.dpkg-tmp', 'x.ucf-dist', 'x.ucf-old'])
    assert.equal(isLeftOver(name), true, name);
  for (const name of ['sshd~', '.sshd.swp', '#sshd#', '.#sshd', 'x.rpmsave', 'x.pacnew'])
    assert.equal(isLeftOver(name), true, name);
  for (const name of ['sshd', 'dpkg-new', 'x.dpkg-newer', 'x.dpkg-new.conf', 'x.old', 'x~y', '.hidden', ''])
    assert.equal(isLeftOver(name), false, name);
});
