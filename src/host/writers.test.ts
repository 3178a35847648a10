import assert from 'node:assert/strict';
import test from 'node:test';
import type { FileEvent, ProcessFacts } from '#model/host.ts';
import { type FakeHost, fakeHost, fakeProcess } from '../../test/lab/fake-host.ts';
import { openDpkgProof } from './dpkg-proof.ts';
import { Writers } from './writers.ts';

interface Scene {
  readonly host: FakeHost;
  readonly writers: Writers;
  /** Told by the kernel's events after the file was touched. */
  readonly late: Map<number, ProcessFacts>;
  readonly touch: (path: string, by: ProcessFacts) => void;
}

function scene(): Scene {
  const host = fakeHost();
  const late = new Map<number, ProcessFacts>();
  const writers = new Writers({
    ...host,
    isDpkg: openDpkgProof(host.packages),
    processes: { ...host.processes, actor: (pid) => late.get(pid) },
  });
  const touch = (path: string, process: ProcessFacts): void => {
    const event: FileEvent = {
      kind: 'written',
      timeMs: host.clock.nowMs(),
      path,
      directory: false,
      pid: process.pid,
      process,
    };
    host.table.set(process.pid, process);
    writers.note(event);
  };
  return { host, writers, touch, late };
}

test('the last writer is told with its parents, unit and session, for ten minutes', async () => {
  const { host, writers, touch } = scene();
  host.table.set(10, fakeProcess({ pid: 10, comm: 'bash', parentPid: 1 }));
  touch('/etc/passwd', fakeProcess({ pid: 11, comm: 'vi' }));
  touch('/etc/passwd', fakeProcess({ pid: 12, parentPid: 10, comm: 'sed', cgroup: '0::/user.slice/session-12.scope' }));
  const writer = writers.writerOf('/etc/passwd');
  assert.equal(writer?.who.comm, 'sed');
  assert.deepEqual(writer.who.parents, ['bash (10)']);
  assert.equal(writer.who.session, '12');
  assert.equal(writer.underDpkg, false);
  assert.equal(writers.writerOf('/etc/group'), undefined);
  assert.equal(writers.touchedMs('/etc/passwd'), host.clock.nowMs());
  assert.equal(writers.touchedMs('/etc/group'), undefined);
  await host.clock.advance(600_001);
  assert.equal(writers.writerOf('/etc/passwd'), undefined);
  assert.equal(writers.touchedMs('/etc/passwd'), undefined);
});

test('who wrote before is not accused of what was done since and is not heard of yet', async () => {
  const { host, writers, touch } = scene();
  const changed = (ctimeMs: number) => host.disk.set('/etc/passwd', { content: Buffer.from(''), ctimeMs, inode: 1 });
  changed(host.clock.nowMs());
  touch('/etc/passwd', fakeProcess({ pid: 12, comm: 'userdel' }));
  assert.equal(writers.writerOf('/etc/passwd')?.who.comm, 'userdel');
  await host.clock.advance(500);
  changed(host.clock.nowMs());
  assert.equal(writers.writerOf('/etc/passwd')?.who.comm, 'userdel', 'a second name was taken away: the same deed');
  await host.clock.advance(30_000);
  changed(host.clock.nowMs());
  assert.equal(writers.writerOf('/etc/passwd'), undefined);
  touch('/etc/passwd', fakeProcess({ pid: 13, comm: 'useradd' }));
  assert.equal(writers.writerOf('/etc/passwd')?.who.comm, 'useradd');
});

test('parents are those of the moment of writing', () => {
  const { host, writers, touch } = scene();
  host.table.set(10, fakeProcess({ pid: 10, comm: 'bash' }));
  touch('/etc/passwd', fakeProcess({ pid: 12, parentPid: 10, comm: 'sed' }));
  host.table.clear();
  assert.deepEqual(writers.writerOf('/etc/passwd')?.who.parents, ['bash (10)']);
});

test('who was gone before it could be asked is told when the kernel has told of it', () => {
  const { host, writers, late } = scene();
  const event = { kind: 'written', timeMs: host.clock.nowMs(), path: '/etc/x', directory: false, pid: 12 } as const;
  writers.note({ ...event, process: undefined });
  assert.equal(writers.writerOf('/etc/x'), undefined);
  late.set(12, fakeProcess({ pid: 12, comm: 'sed' }));
  assert.equal(writers.writerOf('/etc/x')?.who.comm, 'sed');
});

test('who is known by its fork alone is asked again: it may have been another program by then', () => {
  const { host, writers, late } = scene();
  const parent = fakeProcess({ pid: 10, comm: 'nsenter', exe: '/usr/bin/nsenter', cmdline: 'nsenter sh' });
  host.table.set(10, parent);
  const child = { ...parent, pid: 12, parentPid: 10 };
  host.table.set(12, child);
  const event = { kind: 'written', timeMs: host.clock.nowMs(), path: '/etc/x', directory: false, pid: 12 } as const;
  writers.note({ ...event, process: child });
  assert.equal(writers.writerOf('/etc/x')?.who.comm, 'nsenter', 'the best there is');
  late.set(12, fakeProcess({ pid: 12, parentPid: 10, comm: 'sh', exe: '/bin/sh' }));
  assert.equal(writers.writerOf('/etc/x')?.who.comm, 'sh');
});

test('who sets the flags of a file is told by the time of its change, where nobody touched it since', () => {
  const { host, writers, touch } = scene();
  const nowMs = host.clock.nowMs();
  const process = fakeProcess({ pid: 12, comm: 'chattr' });
  host.disk.set('/etc/x', { content: Buffer.alloc(0), ctimeMs: nowMs - 4, inode: 1 });
  host.disk.set('/etc/y', { content: Buffer.alloc(0), ctimeMs: nowMs - 400, inode: 2 });
  const nowhere = { namespace: 0, family: '', protocol: '', address: '', port: 0 } as const;
  writers.noteFlags({ kind: 'file-flags', timeMs: nowMs, pid: 12, process, target: 3, ...nowhere });
  assert.equal(writers.writerOf('/etc/x')?.who.comm, 'chattr');
  assert.equal(writers.writerOf('/etc/y'), undefined);
  touch('/etc/x', fakeProcess({ pid: 13, comm: 'vi' }));
  assert.equal(writers.writerOf('/etc/x')?.who.comm, 'vi');
});

test('a program that only calls itself /usr/bin/dpkg is not dpkg', () => {
  const { host, writers, touch } = scene();
  host.packaged.set('/usr/bin/dpkg', { name: 'dpkg', verify: 'same' });
  // Our own process runs another file than /usr/bin/dpkg, whatever the facts say.
  host.table.set(process.pid, fakeProcess({ pid: process.pid, exe: '/usr/bin/dpkg' }));
  touch('/etc/passwd', fakeProcess({ pid: 12, parentPid: process.pid }));
  assert.equal(writers.writerOf('/etc/passwd')?.underDpkg, false);
});

test('of more paths of a place than the bound the one touched longest ago is forgotten', () => {
  const { writers, touch } = scene();
  const by = fakeProcess({ pid: 12 });
  for (let at = 0; at <= 1024; at += 1) touch(`/etc/${at}`, by);
  assert.equal(writers.writerOf('/etc/0'), undefined);
  assert.equal(writers.writerOf('/etc/1024')?.who.pid, 12);
});

test('a flood of files in one place does not make the writers of another forgotten', () => {
  const { writers, touch } = scene();
  touch('/etc/pam.d/common-auth', fakeProcess({ pid: 11 }));
  touch('/var/lib/dpkg/status', fakeProcess({ pid: 12 }));
  for (let at = 0; at < 12_000; at += 1) touch(`/usr/share/zoneinfo/${at}`, fakeProcess({ pid: 13 }));
  assert.equal(writers.writerOf('/etc/pam.d/common-auth')?.who.pid, 11);
  assert.equal(writers.writerOf('/var/lib/dpkg/status')?.who.pid, 12);
});
