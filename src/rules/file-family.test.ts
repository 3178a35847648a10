import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withFamily } from './file-family.ts';

test('what useradd writes at once is one family; other files stand alone', () => {
  for (const path of [
    '/etc/passwd-',
    '/etc/gshadow',
    '/etc/subuid-',
    '/etc/shadow.lock',
    '/etc/.pwd.lock',
    '/etc/group+',
  ])
    assert.deepEqual([withFamily(path)[0], withFamily(path).includes('/etc/passwd')], [path, true]);
  assert.equal(withFamily('/etc/passwd').length, 6);
  for (const path of ['/etc/motd', '/etc/passwd.bak', '/etc/shadowed', '/opt/etc/passwd-', '/etc/passwd-/x'])
    assert.deepEqual(withFamily(path), [path]);
});
