import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import type { Kept } from '#model/packets.ts';
import { type FakeHost, fakeHost, fakeProcess } from '#test/lab/fake-host.ts';
import { fromOf, lostFrom } from './process-origin.ts';
import { keepPast, parsePast, pastOf } from './process-past.ts';

const boot = (host: FakeHost, id: string): void =>
  void host.disk.set('/proc/sys/kernel/random/boot_id', { content: Buffer.from(`${id}\n`), ctimeMs: 0, inode: 1 });

test('what a process came from is the same for the watch after a restart, when its parents have ended', () => {
  const files = new Map<string, string>();
  let writes = 0;
  const kept: Kept = {
    read: (name) => files.get(name) ?? '',
    write: (name, text) => {
      writes += 1;
      files.set(name, text);
      return '';
    },
  };
  const watch = (id = 'a') => {
    const host = { ...fakeHost(), kept };
    boot(host, id);
    return host;
  };
  const evil = { pid: 9, startTicks: 900, unit: '' };
  const sshd = fakeProcess({ pid: 5, parentPid: 1, exe: '/usr/sbin/sshd' });
  const first = watch();
  assert.equal(fromOf(first, evil, [sshd]), '/usr/sbin/sshd');
  assert.equal(lostFrom(first, evil, [sshd]), undefined, 'its parents still say so');
  const from = lostFrom(first, evil, []);
  assert.equal(from, '/usr/sbin/sshd');
  const login = { pid: 5, startTicks: 500, name: 'sshd', kind: 'login' } as const;
  const past = new Map([['9 900', { ...(from !== undefined && { from }), login }]]);
  keepPast(first, past);
  keepPast(first, past);
  assert.equal(writes, 1, 'nothing new');
  const second = watch();
  assert.equal(fromOf(second, evil, []), '/usr/sbin/sshd');
  assert.deepEqual(pastOf(second, evil).login, login);
  assert.equal(fromOf(second, { ...evil, startTicks: 901 }, []), '', 'another process');
  assert.equal(fromOf(watch('b'), evil, []), '', 'of before the last boot');
  assert.equal(fromOf(second, { ...evil, unit: 'x.service' }, []), 'x.service');
});

test('parsePast() takes nothing that is not as it was written', () => {
  const text = (one: unknown): string => JSON.stringify({ boot: 'a', processes: { '9 900': one, x: { from: 'y' } } });
  assert.deepEqual([...parsePast(text({ from: 'y' }), 'a')], [['9 900', { from: 'y' }]]);
  assert.deepEqual([...parsePast(text({ from: 7, login: { pid: 1 } }), 'a')], [['9 900', {}]]);
  assert.equal(parsePast(text({ from: 'y' }), 'b').size, 0);
  fc.assert(fc.property(fc.string(), (any) => parsePast(any, '').size === 0));
  fc.assert(fc.property(fc.json(), (any) => void parsePast(any, '')));
});
