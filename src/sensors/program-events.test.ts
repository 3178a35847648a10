import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KernelEvent, ProcessFacts } from '#model/host.ts';
import { fakeHost, fakeProcess } from '#test/lab/fake-host.ts';
import programEvents, { execTranslator } from './program-events.ts';

const host = () => ({ ...fakeHost(), scope: 'all' as const });

function exec(process: ProcessFacts, filename = process.exe, before?: ProcessFacts): KernelEvent {
  return {
    kind: 'exec',
    timeMs: 5,
    pid: process.pid,
    process,
    namespace: 1,
    family: '',
    protocol: '',
    address: '',
    port: 0,
    filename,
    before,
  };
}

test('an exec is a row that appeared, once for all processes of the program', () => {
  const at = host();
  at.table.set(7, fakeProcess({ pid: 7, exe: '/usr/sbin/apache2', comm: 'apache2' }));
  const translate = execTranslator(at);
  const sh = fakeProcess({ pid: 9, parentPid: 7, exe: '/usr/bin/dash', comm: 'sh', cmdline: 'sh -c id' });
  at.table.set(9, sh);
  const told = translate(exec(sh));
  assert.deepEqual(
    [told?.kind, told?.row?.exe, told?.row?.script, told?.row?.service, told?.row?.parents],
    ['appeared', '/usr/bin/dash', '-c', 'apache2', ['apache2 (7)']],
  );
  const again = fakeProcess({ ...sh, pid: 10 });
  at.table.set(10, again);
  assert.equal(translate(exec(again)), undefined);
});

test('a program that is gone is known by its name, a script by its first line; without a user it is not told', () => {
  const at = host();
  const put = (path: string, text: string): void =>
    void at.disk.set(path, { content: Buffer.from(text), ctimeMs: 0, inode: 1 });
  put('/srv/job', '#!/bin/sh\n');
  const translate = execTranslator(at);
  const gone = fakeProcess({
    pid: 9,
    exe: '/srv/job',
    cmdline: '',
    asStarted: true,
    exeState: 'unknown',
    user: 'bob',
    uid: 1000,
  });
  const { row } = translate(exec(gone)) ?? {};
  assert.deepEqual([row?.exe, row?.script, row?.user, row?.asStarted], ['/bin/sh', '/srv/job', 'bob', true]);
  assert.equal(translate(exec({ ...gone, exe: '/srv/x', uid: -1, user: '' })), undefined);
});

test('of a program that is gone and was started by a descriptor nobody knows which file it was', () => {
  const at = host();
  const translate = execTranslator(at);
  const gone = fakeProcess({ pid: 9, asStarted: true, exeState: 'unknown' });
  for (const exe of ['/proc/self/fd/4', '/dev/fd/4', './x']) assert.equal(translate(exec({ ...gone, exe })), undefined);
  assert.equal(translate(exec({ ...gone, exe: '/srv/x' }))?.row?.exe, '/srv/x');
});

test('a storm asks of few processes, and still of each new name, parent or user', async () => {
  const at = host();
  const translate = execTranslator(at);
  let asked = 0;
  const parent = fakeProcess({ pid: 3, exe: '/usr/bin/make' });
  const storm = (name: string): KernelEvent => ({
    ...exec(parent, name, parent),
    get process() {
      asked += 1;
      return fakeProcess({ pid: 100 + asked, exe: name });
    },
  });
  for (let index = 0; index < 20_000; index += 1) translate(storm('/usr/bin/true'));
  assert.ok(asked <= 201, `${asked} asked`);
  const before = asked;
  assert.equal(translate(storm('/usr/bin/other'))?.row?.exe, '/usr/bin/other');
  assert.equal(asked, before + 1);
  assert.equal(translate(storm('/usr/bin/other')), undefined);
  await at.clock.advance(61_000);
  translate(storm('/usr/bin/true'));
  assert.equal(asked, before + 2);
});

test('listens to exec alone', async () => {
  let kinds: readonly string[] | undefined;
  const at = host();
  const kernelEvents: typeof at.kernelEvents = (_signal, wanted) => {
    kinds = wanted;
    return Promise.reject(new Error('enough'));
  };
  await assert.rejects(programEvents.listen({ ...at, kernelEvents }, AbortSignal.timeout(1000)), /enough/);
  assert.deepEqual(kinds, ['exec']);
});

test('where only our own namespace is watched, programs of another or of an unknown one are no rows', () => {
  const at = fakeHost();
  const network = { ...at.network, namespaces: () => [{ inode: 1, label: 'host', pid: 1 }] };
  const own = { ...at, network, scope: 'own' as const };
  const translate = execTranslator(own);
  const of = (namespace: number, pid: number): ProcessFacts => fakeProcess({ pid, namespace, exe: `/srv/${pid}` });
  assert.equal(translate(exec(of(1, 11)))?.row?.exe, '/srv/11');
  assert.equal(translate(exec(of(2, 12))), undefined);
  assert.equal(translate(exec(of(0, 13))), undefined);
  // Its parent was ours and it went elsewhere before it started the program, or the other way round.
  assert.equal(translate(exec(of(2, 14), '/srv/14', of(1, 14))), undefined);
  assert.equal(translate(exec(of(1, 15), '/srv/15', of(0, 15)))?.row?.exe, '/srv/15');
  // Of another namespace before: it is not even asked.
  const elsewhere = exec(of(2, 16), '/srv/16', of(2, 16));
  Object.defineProperty(elsewhere, 'process', { get: () => assert.fail('asked of /proc') });
  assert.equal(translate(elsewhere), undefined);
});
