import assert from 'node:assert/strict';
import { test } from 'node:test';
import { remoteSessionOf } from './logind-session.ts';

const text = `# This is private data. Do not parse.
UID=1000
USER=bob
ACTIVE=1
STATE=active
REMOTE=1
TYPE=tty
CLASS=user
REMOTE_HOST=198.51.100.7
SERVICE=sshd
LEADER=811
REALTIME=1795253994768123
MONOTONIC=4711
`;

test('a session from another host', () => {
  assert.deepEqual(remoteSessionOf(text), { user: 'bob', address: '198.51.100.7', sinceMs: 1_795_253_994_768 });
});

test('closing, local and damaged ones are none', () => {
  assert.equal(remoteSessionOf(text.replace('STATE=active', 'STATE=closing')), undefined);
  assert.equal(remoteSessionOf(text.replace(/^REMOTE_HOST=.*\n/m, '')), undefined);
  assert.equal(remoteSessionOf(''), undefined);
});
