import assert from 'node:assert/strict';
import { test } from 'node:test';
import { processName } from './process-name.ts';

test('comm is the name, unless it only names a thread of the program', () => {
  assert.equal(processName('node-MainThread', '/usr/bin/node'), 'node');
  assert.equal(processName('sshd', '/usr/sbin/sshd'), 'sshd');
  assert.equal(processName('kworker', '/tmp/x'), 'kworker', 'what it calls itself is shown, also when it lies');
  assert.equal(processName('', '/tmp/.x/nc'), 'nc');
  assert.equal(processName('node-MainThread', ''), 'node-MainThread');
  assert.equal(processName('', ''), '');
});
