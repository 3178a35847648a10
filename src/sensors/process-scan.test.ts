import assert from 'node:assert/strict';
import test from 'node:test';
import type { Host } from '#model/host.ts';
import { captureFolder } from '#test/lab/captured-folder.ts';
import { FakeClock, fakeProcess } from '#test/lab/fake-host.ts';
import { type Depth, scanProcesses } from './process-scan.ts';

const PID = 700;
const stat = (parent: number, pid = PID): string =>
  `${pid} (job) S ${parent} ${pid} ${pid} 0 -1 4194304 1 0 0 0 5 5 0 0 20 0 1 0 90 1000 10 18446744073709551615\n`;
const NONE = '0'.repeat(16);
const status = (uid: number): string =>
  `Name:\tjob\nTracerPid:\t0\nUid:\t${uid}\t${uid}\t${uid}\t${uid}\nCapPrm:\t${NONE}\nCapEff:\t${NONE}\n`;

/** A captured host with one process, whose clock is moved by hand, and a reading of it. */
async function oneProcess(files: Readonly<Record<string, string>>) {
  const folder = await captureFolder({
    [`/proc/${PID}/stat`]: stat(1),
    [`/proc/${PID}/status`]: status(1000),
    [`/proc/${PID}/exe`]: { link: '/usr/bin/job' },
    ...files,
  });
  const clock = new FakeClock();
  const facts = fakeProcess({ pid: PID, startTicks: 90, exe: '/usr/bin/job', uid: 1000, user: 'job' });
  const host: Host = {
    ...folder.host,
    clock,
    userName: (uid) => `user ${uid}`,
    processes: { ...folder.host.processes, get: () => facts },
  };
  const read = async (depth: Depth, afterMs = 10_000) => {
    await clock.advance(afterMs);
    const { processes } = await scanProcesses(host, depth);
    const process = processes.get(PID);
    return process && { uid: process.uid, parent: process.stat.parentPid };
  };
  const set = (file: string, content: string | { readonly link: string }): void =>
    folder.write(`/proc/${PID}/${file}`, content);
  return {
    read,
    set,
    remove: () => folder.remove(`/proc/${PID}`),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

test('who has not run is as it was, until somebody wants to know everything', async () => {
  await using at = await oneProcess({ [`/proc/${PID}/schedstat`]: '100 20 3\n' });
  for (let reading = 0; reading < 3; reading += 1) assert.deepEqual(await at.read('changed'), { uid: 1000, parent: 1 });
  at.set('status', status(0));
  at.set('stat', stat(2));
  assert.deepEqual(await at.read('changed'), { uid: 1000, parent: 1 }, 'it has not run');
  assert.deepEqual(await at.read('whole'), { uid: 0, parent: 2 });
  assert.deepEqual(await at.read('changed', 100), { uid: 0, parent: 2 }, 'the newest reading');
  at.set('stat', stat(3));
  at.set('schedstat', '101 20 4\n');
  assert.deepEqual(await at.read('changed'), { uid: 0, parent: 3 }, 'it ran');
  at.set('stat', stat(4));
  assert.deepEqual(await at.read('changed', 54_000), { uid: 0, parent: 3 });
  assert.deepEqual(await at.read('changed', 2000), { uid: 0, parent: 4 }, 'its parent ended meanwhile');
  at.remove();
  assert.equal(await at.read('changed'), undefined);
});

test('a file that was removed under a process shows at once, though it sleeps', async () => {
  await using at = await oneProcess({ [`/proc/${PID}/schedstat`]: '100 20 3\n' });
  for (let reading = 0; reading < 3; reading += 1) await at.read('changed');
  at.set('exe', { link: '/usr/bin/job (deleted)' });
  at.set('status', status(0));
  assert.deepEqual(await at.read('changed'), { uid: 1000, parent: 1 }, 'as its facts say: they were asked for anew');
  at.set('stat', stat(9));
  assert.deepEqual(await at.read('changed'), { uid: 1000, parent: 9 });
});

test('where the kernel does not tell who ran, all are read', async () => {
  await using at = await oneProcess({});
  for (let reading = 0; reading < 3; reading += 1) await at.read('changed');
  at.set('status', status(0));
  assert.deepEqual(await at.read('changed'), { uid: 0, parent: 1 });
});
