import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { remoteHostOf, resolversOf, timeServersOf } from './server-names.ts';

test('resolvers, time servers and the other end of a session', () => {
  assert.deepEqual(
    resolversOf('# nameserver 9.9.9.9\nnameserver 192.0.2.53\nnameserver\tfe80::1%eth0\noptions edns0\n'),
    ['192.0.2.53', 'fe80::1'],
  );
  assert.deepEqual(
    timeServersOf(
      'server -4 ntp1.example.org iburst\npool 2.debian.pool.ntp.org\n#server x\n[Time]\nNTP=a.example b.example\n',
    ),
    ['ntp1.example.org', '2.debian.pool.ntp.org', 'a.example', 'b.example'],
  );
  assert.equal(remoteHostOf('UID=0\nACTIVE=1\nSTATE=active\nREMOTE_HOST=192.0.2.7\n'), '192.0.2.7');
  assert.equal(remoteHostOf('STATE=closing\nREMOTE_HOST=192.0.2.7\n'), undefined);
});

test('nothing but names comes out', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      for (const name of [...resolversOf(text), ...timeServersOf(`server ${text}`)]) assert.match(name, /^[\w.:-]+$/);
    }),
  );
});
