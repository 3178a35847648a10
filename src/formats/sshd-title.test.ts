import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loggedIn } from './sshd-title.ts';

test('titles of sshd', () => {
  for (const title of [
    'sshd: a@b [priv]',
    'sshd: a@pts/0 [net]',
    'sshd: unknown [preauth]',
    'vim sshd: root@pts/0',
    'sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups',
    '',
  ])
    assert.equal(loggedIn(title), undefined, title);
  assert.equal(loggedIn('sshd: alice@example.org@pts/3'), 'alice@example.org');
});
