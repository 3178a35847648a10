import assert from 'node:assert/strict';
import test from 'node:test';
import { powersOf } from './capability-words.ts';

test('capabilities in words, the first two of many; what is not known is said as that', () => {
  assert.equal(powersOf('cap_setuid=ep'), 'become any user');
  assert.equal(
    powersOf('cap_net_bind_service,cap_net_raw=ep'),
    'listen on ports below 1024 and send and read raw packets',
  );
  assert.equal(
    powersOf('cap_chown,cap_dac_override,cap_kill=ep'),
    'give every file to anybody, read and write every file and more',
  );
  assert.equal(powersOf('=ep'), 'use rights of root');
  assert.equal(powersOf('unreadable'), 'use rights of root');
});
