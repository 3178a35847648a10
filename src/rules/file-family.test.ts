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

test('what update-ca-certificates makes, and the public half of a host key, are of the family of what they are made of', () => {
  const folders = ['/etc/ssl/certs/', '/usr/local/share/ca-certificates/'];
  assert.deepEqual(withFamily('/etc/ssl/certs/x.pem'), ['/etc/ssl/certs/x.pem', ...folders]);
  const host = '/etc/ssh/ssh_host_rsa_key';
  assert.deepEqual(withFamily(`${host}.pub`), [`${host}.pub`, host]);
  assert.deepEqual(withFamily(host), [host]);
});
