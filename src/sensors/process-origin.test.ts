import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProcessFacts } from '#model/host.ts';
import { fakeHost } from '#test/lab/fake-host.ts';
import { fromOf } from './process-origin.ts';

const process = (pid: number, parentPid: number, exe: string): ProcessFacts => ({
  pid,
  parentPid,
  startTicks: pid * 10,
  startedMs: 0,
  comm: exe.slice(exe.lastIndexOf('/') + 1),
  exe,
  exeState: 'present',
  cmdline: '',
  uid: 0,
  user: 'root',
  cgroup: '/',
  namespace: 1,
  asStarted: false,
});
const shell = process(40, 30, '/bin/sh');
const cron = process(30, 1, '/usr/sbin/cron');
const init = process(1, 0, '/sbin/init');

test('a unit says where a process comes from, else the topmost ancestor below init', () => {
  const host = fakeHost();
  assert.equal(fromOf(host, { unit: 'ssh.service', pid: 50, startTicks: 1 }, [shell, cron, init]), 'ssh.service');
  assert.equal(fromOf(host, { unit: '', pid: 50, startTicks: 1 }, [shell, cron, init]), '/usr/sbin/cron');
  assert.equal(fromOf(host, { unit: '', pid: 51, startTicks: 1 }, [init]), '');
});

test('who lost its parents is the same program from the same place, and its number may be given again', () => {
  const host = fakeHost();
  const orphan = { unit: '', pid: 50, startTicks: 1 };
  fromOf(host, orphan, [shell, cron, init]);
  assert.equal(fromOf(host, orphan, [init]), '/usr/sbin/cron');
  assert.equal(fromOf(host, orphan, [process(60, 1, '/usr/bin/tmux'), init]), '/usr/sbin/cron');
  assert.equal(fromOf(host, { ...orphan, startTicks: 2 }, [init]), '', 'another process');
  assert.equal(fromOf(fakeHost(), orphan, [init]), '', 'another host');
});
