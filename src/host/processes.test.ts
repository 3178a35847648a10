import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { Clock, Files } from '#model/host.ts';
import { openProcesses, type ProcessTracker } from './processes.ts';

interface Fake {
  readonly parent: number;
  readonly startTicks: number;
  readonly exe: string;
  readonly namespace?: number;
  readonly state?: string;
}

/** /proc of a made-up machine: what runs can be changed by the test. */
let running: Map<number, Fake>;
let reads: number;
let nowMs: number;
let processes: ProcessTracker;

const text = (words: string): Buffer => Buffer.from(words);
const contents: Readonly<Record<string, (pid: number, fake: Fake) => Buffer>> = {
  stat: (pid, { parent, startTicks, exe, state = 'S' }) =>
    text(
      `${pid} (${exe.slice(exe.lastIndexOf('/') + 1)}) ${state} ${parent} 1 1 0 -1 0 0 0 0 0 0 0 0 0 0 0 1 0 ${startTicks} 1 1`,
    ),
  status: (pid, { parent }) => text(`Tgid:\t${pid}\nPid:\t${pid}\nPPid:\t${parent}\nUid:\t1000\t1000\t1000\t1000\n`),
  cmdline: (_pid, { exe }) => text(`${exe}\0${exe.includes('mysql') ? '-phunter2' : '-x'}\0`),
  cgroup: () => text('0::/system.slice/x.service\n'),
};

const files: Files = {
  read(path) {
    reads += 1;
    const [, pid = '', file = ''] = /^\/proc\/(\d+)\/(\w+)$/.exec(path) ?? [];
    const fake = running.get(Number(pid));
    return fake && contents[file] ? contents[file](Number(pid), fake) : { error: 'ENOENT', path };
  },
  list: () => [...running.keys(), 'self', 'meminfo'].map(String),
  stat: (path) => ({ error: 'ENOENT', path }),
  readlink(path) {
    const [, pid = '', file = ''] = /^\/proc\/(\d+)\/(.+)$/.exec(path) ?? [];
    const fake = running.get(Number(pid));
    if (fake === undefined) return { error: 'ENOENT', path };
    return file === 'exe' ? fake.exe : `net:[${fake.namespace ?? 7}]`;
  },
};
const clock: Pick<Clock, 'monotonicMs' | 'nowMs' | 'bootMs'> = {
  monotonicMs: () => nowMs,
  nowMs: () => 1_000_000 + nowMs,
  bootMs: () => 1_000_000,
};

/** Milliseconds since boot as nanoseconds. */
const at = (ms: number): number => ms * 1e6;

beforeEach(() => {
  running = new Map([[1, { parent: 0, startTicks: 1, exe: '/sbin/init' }]]);
  reads = 0;
  nowMs = 10_000;
  processes = openProcesses({ files, clock: clock as Clock, userName: (uid) => `user${uid}` });
});

/** A child of init, seen from its fork on; `runs` false: gone before anybody could look. */
function forked(pid: number, options: { filename?: string; runs?: boolean } = {}): void {
  processes.get(1);
  processes.onFork({ timeNs: at(nowMs), parentTid: 1, child: pid, flags: 0 });
  if (options.runs ?? true) running.set(pid, { parent: 1, startTicks: Math.floor(nowMs / 10), exe: '/usr/bin/real' });
  if (options.filename !== undefined) {
    const filename = Buffer.from(options.filename);
    processes.onExec({ timeNs: at(nowMs + 1), pid, oldTid: pid, filename });
  }
  nowMs += 2;
}

test('get() tells what /proc says, and confirms what was only passed to exec', () => {
  forked(50, { filename: './real' });
  const facts = processes.get(50);
  assert.deepEqual(
    [facts?.exe, facts?.asStarted, facts?.cmdline, facts?.user],
    ['/usr/bin/real', false, '/usr/bin/real -x', 'user1000'],
  );
  assert.equal(facts?.startedMs, 1_010_000);
});

test('at() tells of a process that is gone before it was looked at as it was started', () => {
  forked(50, { filename: '/tmp/x', runs: false });
  const { pid, process } = processes.at(50, at(nowMs));
  assert.deepEqual(
    [pid, process?.exe, process?.comm, process?.asStarted, process?.parentPid, process?.namespace, process?.uid],
    [50, '/tmp/x', 'x', true, 1, 7, 1000],
  );
  assert.equal(processes.parents(50, 8)[0]?.exe, '/sbin/init');
});

test('at() does not take the next owner of a number for the one that acted', () => {
  forked(50, { filename: '/tmp/x', runs: false });
  running.set(50, { parent: 1, startTicks: 2000, exe: '/usr/bin/other' });
  nowMs = 25_000;
  assert.equal(processes.at(50, at(10_002)).process?.exe, '/tmp/x');
  assert.equal(processes.at(50, at(10_002)).process?.asStarted, true);
  assert.equal(processes.at(60, at(10_002)).process, undefined);
  running.set(60, { parent: 1, startTicks: 2000, exe: '/usr/bin/other' });
  assert.equal(processes.at(60, at(10_002)).process, undefined);
  assert.equal(processes.at(60, at(20_500)).process?.exe, '/usr/bin/other');
  // Its fork was not heard, but it acts after the old one ended.
  processes.onExit({ timeNs: at(15_000), tid: 50, last: true });
  assert.equal(processes.at(50, at(20_500)).process?.exe, '/usr/bin/other');
});

test('get() tells of the new owner of a number, once the old one has ended', () => {
  forked(50, { filename: '/tmp/x' });
  assert.equal(processes.get(50)?.exe, '/usr/bin/real');
  processes.onExit({ timeNs: at(nowMs), tid: 50, last: true });
  running.delete(50);
  assert.equal(processes.get(50)?.exe, '/usr/bin/real');
  nowMs = 25_000;
  running.set(50, { parent: 1, startTicks: 2000, exe: '/usr/bin/other' });
  assert.equal(processes.get(50)?.exe, '/usr/bin/other');
});

test('at() tells of the program that acted, although the process runs another one by now', () => {
  forked(50, { filename: '/tmp/first' });
  processes.expectExec(50, at(nowMs + 5));
  assert.equal(processes.at(50, at(nowMs)).process?.exe, '/tmp/first');
  nowMs += 6;
  processes.onExec({ timeNs: at(nowMs - 1), pid: 50, oldTid: 50, filename: Buffer.from('/usr/bin/real') });
  assert.equal(processes.at(50, at(nowMs)).process?.exe, '/usr/bin/real');
});

test('at() finds the process of a thread, also when both are gone', () => {
  forked(50, { filename: '/tmp/x', runs: false });
  processes.onFork({ timeNs: at(nowMs), parentTid: 50, child: 51, flags: 0x10000 });
  processes.onExit({ timeNs: at(nowMs + 1), tid: 51, last: false });
  processes.onExit({ timeNs: at(nowMs + 1), tid: 50, last: true });
  assert.deepEqual([processes.at(51, at(nowMs)).pid, processes.at(51, at(nowMs)).process?.exe], [50, '/tmp/x']);
});

test('a number that a thread had once is the number of whoever acts with it as a process', () => {
  forked(50);
  // Only the end of a whole process is heard, so this stays until a fork with the number is heard of.
  processes.onFork({ timeNs: at(nowMs), parentTid: 50, child: 51, flags: 0x10000 });
  assert.equal(processes.at(51, at(nowMs)).process?.exe, '/usr/bin/real');
  assert.equal(processes.actor(51, at(nowMs)), undefined, 'gone, and its fork is not heard of yet');
  running.set(51, { parent: 1, startTicks: Math.floor(nowMs / 10), exe: '/usr/bin/cp' });
  assert.equal(processes.actor(51, at(nowMs))?.exe, '/usr/bin/cp');
});

test('who acts and is gone is asked of what the kernel has told and nobody has read', () => {
  forked(50, { filename: '/usr/sbin/chroot', runs: false });
  using _reading = processes.readBy(() => {
    processes.onExec({ timeNs: at(nowMs), pid: 50, oldTid: 50, filename: Buffer.from('/bin/sh') });
    processes.onFork({ timeNs: at(nowMs), parentTid: 50, child: 51, flags: 0 });
    processes.onExec({ timeNs: at(nowMs), pid: 51, oldTid: 51, filename: Buffer.from('/usr/bin/cp') });
  });
  assert.equal(processes.doer(51)?.exe, '/usr/bin/cp', 'its fork was not heard of');
  assert.equal(processes.doer(50)?.exe, '/bin/sh', 'it is another program by now');
});

test('who acts and is there is asked itself, and nothing else is read', () => {
  running.set(51, { parent: 1, startTicks: Math.floor(nowMs / 10), exe: '/usr/bin/cp' });
  let asked = 0;
  const reading = processes.readBy(() => (asked += 1));
  assert.deepEqual([processes.doer(51)?.exe, asked], ['/usr/bin/cp', 0]);
  nowMs += 1;
  // Known for a millisecond: it may have started another program since.
  processes.doer(51);
  assert.equal(asked, 1);
  reading[Symbol.dispose]();
  nowMs += 1;
  processes.doer(51);
  assert.equal(asked, 1);
});

test('a namespace is inherited until somebody moves, then it is unknown or read again', () => {
  forked(50, { runs: false });
  processes.onNamespaceChange(50);
  processes.onFork({ timeNs: at(nowMs), parentTid: 50, child: 51, flags: 0 });
  assert.equal(processes.at(51, at(nowMs)).process?.namespace, 0);
  forked(60);
  processes.onNamespaceChange(60);
  running.set(60, { parent: 1, startTicks: Math.floor((nowMs - 2) / 10), exe: '/usr/bin/real', namespace: 9 });
  processes.onFork({ timeNs: at(nowMs), parentTid: 60, child: 61, flags: 0 });
  assert.equal(processes.at(61, at(nowMs)).process?.namespace, 9);
  processes.onFork({ timeNs: at(nowMs), parentTid: 1, child: 70, flags: 0x40000000 });
  assert.equal(processes.at(70, at(nowMs)).process?.namespace, 0);
});

test('after a loss a namespace is unknown until it is read again: who moved may be among what was lost', () => {
  forked(50, { runs: false });
  forked(60);
  running.set(60, { parent: 1, startTicks: Math.floor((nowMs - 2) / 10), exe: '/usr/bin/real', namespace: 9 });
  processes.onLoss();
  processes.onExec({ timeNs: at(nowMs), pid: 50, oldTid: 50, filename: Buffer.from('/tmp/moved') });
  const { process: gone } = processes.at(50, at(nowMs));
  assert.deepEqual([gone?.exe, gone?.namespace], ['/tmp/moved', 0]);
  assert.equal(processes.at(60, at(nowMs)).process?.namespace, 9);
});

test('facts are read once for many questions, and again when they are old or events were lost', () => {
  processes.get(1);
  const once = reads;
  for (let count = 0; count < 100; count += 1) processes.get(1);
  assert.equal(reads, once);
  processes.onLoss();
  processes.get(1);
  assert.equal(reads, once * 2);
  nowMs += 1001;
  processes.get(1);
  assert.equal(reads, once * 3);
});

test('what ended is forgotten after 30 s, and a fork bomb is bounded', () => {
  forked(50, { filename: '/tmp/x', runs: false });
  processes.onExit({ timeNs: at(nowMs), tid: 50, last: true });
  nowMs += 31_000;
  forked(51, { runs: false });
  processes.onExit({ timeNs: at(nowMs), tid: 51, last: true });
  assert.equal(processes.get(50), undefined);
  for (let pid = 1000; pid < 60_000; pid += 1) {
    processes.onFork({ timeNs: at(nowMs), parentTid: 1, child: pid, flags: 0 });
  }
  assert.ok(processes.size <= 32_768, String(processes.size));
});

test('a zombie and a reading that was overtaken are no facts', () => {
  running.set(80, { parent: 1, startTicks: 5, exe: '/x', state: 'Z' });
  assert.equal(processes.get(80), undefined);
  assert.deepEqual(
    processes.list().map(({ pid }) => pid),
    [1],
  );
});

test('ended() says what is gone, as events told of it, for 30 s', () => {
  forked(80, { runs: false });
  processes.onExec({ timeNs: at(nowMs), pid: 80, oldTid: 80, filename: Buffer.from('/usr/bin/nmap') });
  processes.onExit({ timeNs: at(nowMs), tid: 80, last: true });
  const gone = (): string[] | undefined =>
    processes
      .ended?.()
      .filter(({ pid }) => pid === 80)
      .map(({ exe }) => exe);
  assert.deepEqual(gone(), ['/usr/bin/nmap']);
  nowMs += 31_000;
  assert.deepEqual(gone(), []);
});

test('living() says what events say, also of a process that /proc does not show; a loss makes it know nothing', () => {
  processes.onLoss();
  forked(90, { runs: false });
  processes.onFork({ timeNs: at(nowMs), parentTid: 90, child: 91, flags: 0x10000 });
  processes.onExec({ timeNs: at(nowMs), pid: 92, oldTid: 92, filename: Buffer.from('/x') });
  // /proc does not have it: for the cache it has ended.
  processes.at(90, at(nowMs));
  nowMs += 31_000;
  forked(93, { runs: false });
  assert.deepEqual(processes.living?.(), [90, 92, 93], 'a thread is no process');
  processes.onExit({ timeNs: at(nowMs), tid: 91, last: false });
  processes.onExit({ timeNs: at(nowMs), tid: 90, last: true });
  processes.onExit({ timeNs: at(nowMs), tid: 92, last: true });
  assert.deepEqual(processes.living?.(), [93]);
  processes.onLoss();
  assert.deepEqual(processes.living?.(), []);
  for (let pid = 1000; pid < 40_000; pid += 1)
    processes.onFork({ timeNs: at(nowMs), parentTid: 1, child: pid, flags: 0 });
  assert.equal(processes.living?.().length, 32_768);
  processes.onLoss();
});

test('a password among the arguments is not kept', () => {
  running.set(50, { parent: 1, startTicks: 50, exe: '/usr/bin/mysqldump' });
  assert.equal(processes.get(50)?.cmdline, '/usr/bin/mysqldump -p[withheld]');
  running.set(51, { parent: 1, startTicks: 51, exe: '/usr/bin/pu' });
  assert.equal(processes.get(51)?.cmdline, '/usr/bin/pu -x');
});
