import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { belongingOf } from './cgroup.ts';

const id = '4c01db0b339c'.repeat(5).slice(0, 64);

test('belongingOf() finds the unit of a service, in both hierarchies', () => {
  assert.equal(belongingOf('0::/system.slice/ssh.service\n').unit, 'ssh.service');
  assert.equal(belongingOf('9:name=systemd:/system.slice/cron.service\n4:memory:/x\n0::/\n').unit, 'cron.service');
  assert.equal(
    belongingOf('/system.slice/system-postgresql.slice/postgresql@15-main.service').unit,
    'postgresql@15-main.service',
  );
});

test('belongingOf() tells the login session and keeps its number out of the identity', () => {
  const session = belongingOf('0::/user.slice/user-1000.slice/session-12.scope\n');
  assert.deepEqual(session, { unit: 'session-*.scope', unitNow: 'session-12.scope', session: '12', container: '' });
});

test('belongingOf() names the service of a user manager apart from the same name of the system', () => {
  const text = '0::/user.slice/user-1000.slice/user@1000.service/app.slice/dbus.service\n';
  assert.equal(belongingOf(text).unit, 'user@*.service/dbus.service');
  assert.equal(belongingOf(text).unitNow, 'user@1000.service/dbus.service');
});

test('belongingOf() recognises containers', () => {
  assert.equal(belongingOf(`0::/system.slice/docker-${id}.scope\n`).container, 'docker');
  assert.equal(belongingOf(`4:memory:/docker/${id}\n0::/\n`).container, 'docker');
  assert.equal(belongingOf(`0::/machine.slice/libpod-${id}.scope/container\n`).container, 'podman');
  assert.equal(belongingOf('0::/lxc.payload.web/system.slice/nginx.service\n').container, 'lxc');
  assert.equal(
    belongingOf(`0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-${id}.scope`).container,
    'kubernetes',
  );
  assert.equal(belongingOf('0::/system.slice/ssh.service').container, '');
});

test('belongingOf() takes any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.equal(typeof belongingOf(text).unit, 'string');
    }),
  );
  assert.deepEqual(belongingOf(''), { unit: '', unitNow: '', session: '', container: '' });
});
