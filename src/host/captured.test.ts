import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { isFailure, type KernelEvent } from '#model/host.ts';
import { makeTemp } from '#test/lab/temp.ts';
import { openCapturedHost } from './captured.ts';
import { makeFaulty } from './faulty.ts';

const signal = new AbortController().signal;
const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 624 1 0 100 0 0 10 0
   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 625 1 0 100 0 0 10 0
   2: damaged
`;
const STAT = `812 (a) b) S 1 812 812 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 12345 0 0 18446744073709551615 ${'0 '.repeat(30)}`;

function record(root: string): void {
  for (const folder of ['proc/net', 'proc/812/fd', 'proc/812/ns', 'etc'])
    mkdirSync(`${root}/${folder}`, { recursive: true });
  writeFileSync(`${root}/etc/hostname`, 'web-1\n');
  writeFileSync(`${root}/etc/passwd`, 'marta:x:1000:1000::/home/marta:/bin/sh\n');
  writeFileSync(`${root}/proc/net/tcp`, TCP);
  writeFileSync(`${root}/proc/812/stat`, STAT);
  writeFileSync(
    `${root}/proc/812/status`,
    'Name:\ta) b\nTgid:\t812\nPid:\t812\nPPid:\t1\nUid:\t1000\t1000\t1000\t1000\nGid:\t1000\t1000\t1000\t1000\n',
  );
  writeFileSync(`${root}/proc/812/cmdline`, 'a\0--serve\0');
  writeFileSync(`${root}/proc/812/cgroup`, '0::/system.slice/a.service\n');
  symlinkSync('/usr/bin/a', `${root}/proc/812/exe`);
  symlinkSync('socket:[624]', `${root}/proc/812/fd/3`);
}

test('a captured folder answers like the host it was: sockets, owners, processes, users', async () => {
  await using temp = await makeTemp();
  record(temp.path);
  const host = openCapturedHost(temp.path);
  assert.equal(host.name, 'web-1');
  const snapshot = await host.network.snapshot({ scope: 'all', what: 'receiving', signal });
  assert.equal(snapshot.length, 1);
  assert.deepEqual(
    [snapshot.at(0).localAddress, snapshot.at(0).localPort, snapshot.ownersOf(0)],
    ['127.0.0.1', 8080, [812]],
  );
  assert.deepEqual(snapshot.gaps, [{ what: '/proc/net/tcp', why: '1 lines could not be read' }]);
  assert.equal((await host.network.snapshot({ scope: 'all', what: 'all', signal })).length, 2);
  const facts = host.processes.get(812);
  assert.deepEqual([facts?.comm, facts?.exe, facts?.user, facts?.startTicks], ['a) b', '/usr/bin/a', 'marta', 12345]);
  assert.equal(
    host.network.exposure({ namespace: 1, protocol: 'tcp', address: '0.0.0.0', port: 1 }).answer,
    'cannot tell',
  );
});

test('a timeline is replayed: a whole day in no time, sleepers and events in their order', async () => {
  await using temp = await makeTemp();
  const start = 1_760_000_000_000;
  const lines = [
    {
      atMs: start,
      sockets: [{ localPort: 22, localAddress: '0.0.0.0', inode: 1, owners: [700] }],
      processes: [{ pid: 700, comm: 'sshd' }],
    },
    {
      atMs: start + 3_600_000,
      processes: [{ pid: 9, comm: 'nc', uid: 33 }],
      events: [{ kind: 'listen', pid: 9, port: 4444, address: '0.0.0.0' }],
    },
    {
      atMs: start + 3_600_000,
      sockets: [{ localPort: 4444, inode: 2, owners: [9] }],
      files: { '/var/log/dpkg.log': 'x' },
    },
    { atMs: start + 86_400_000, sockets: [], files: { '/var/log/dpkg.log': null } },
  ];
  writeFileSync(`${temp.path}/timeline.jsonl`, `${lines.map((line) => JSON.stringify(line)).join('\n')}\nbroken\n`);
  const host = openCapturedHost(temp.path);
  assert.deepEqual(host.rejects, ['broken']);
  assert.equal(host.clock.nowMs(), start);
  const heard: KernelEvent[] = [];
  const stop = new AbortController();
  const events = await host.kernelEvents(stop.signal);
  const listening = (async () => {
    for await (const batch of events.batches) heard.push(...batch);
  })();
  const ports: number[][] = [];
  const woken: number[] = [];
  const looking = (async () => {
    while (!stop.signal.aborted) {
      const snapshot = await host.network.snapshot({ scope: 'all', what: 'receiving', signal });
      ports.push(Array.from({ length: snapshot.length }, (_, i) => snapshot.at(i).localPort));
      await host.clock.sleep(1_800_000, stop.signal);
      woken.push(host.clock.nowMs());
    }
  })();
  await host.run({ untilMs: start + 5_400_000 });
  assert.deepEqual(ports, [[22], [22], [4444], [4444]]);
  assert.deepEqual(woken, [start + 1_800_000, start + 3_600_000, start + 5_400_000]);
  assert.deepEqual(
    heard.map(({ port, process, timeMs }) => [port, process?.comm, timeMs]),
    [[4444, 'nc', start + 3_600_000]],
  );
  assert.deepEqual(host.files.read('/var/log/dpkg.log'), Buffer.from('x'));
  const began = performance.now();
  await host.run();
  assert.ok(performance.now() - began < 5000);
  assert.equal(host.clock.nowMs(), start + 86_400_000);
  assert.ok(isFailure(host.files.stat('/var/log/dpkg.log')));
  assert.equal(host.userName(33), '33');
  stop.abort();
  await Promise.all([looking, listening]);
});

test('faults: files, hanging looks, gaps, and a clock that steps', async () => {
  await using temp = await makeTemp();
  record(temp.path);
  const { host, faults } = makeFaulty(openCapturedHost(temp.path));
  faults.file = (path) => (path === '/etc/passwd' ? 'EACCES' : undefined);
  assert.deepEqual(host.files.read('/etc/passwd'), { error: 'EACCES', path: '/etc/passwd' });
  const before = [host.clock.nowMs(), host.clock.monotonicMs()];
  faults.stepMs = -3_600_000;
  assert.deepEqual([host.clock.nowMs(), host.clock.monotonicMs()], [(before[0] ?? 0) - 3_600_000, before[1]]);
  faults.gaps.push({ what: 'x', why: 'y' });
  const snapshot = await host.network.snapshot({ scope: 'all', what: 'all', signal });
  assert.deepEqual(snapshot.gaps.at(-1), { what: 'x', why: 'y' });
  faults.hang = true;
  const stop = new AbortController();
  const hanging = host.network.snapshot({ scope: 'all', what: 'all', signal: stop.signal });
  stop.abort(new Error('too long'));
  await assert.rejects(hanging, /too long/);
});
