import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parsePressure } from '#formats/pressure.ts';
import { fakeHost } from '#test/lab/fake-host.ts';
import { shortagesOf } from './resource-shortage.ts';
import sensor from './resource-troubles.ts';

function hostWith(files: Readonly<Record<string, string>>) {
  const host = fakeHost();
  for (const [path, text] of Object.entries(files))
    host.disk.set(path, { content: Buffer.from(text), ctimeMs: 0, inode: 1 });
  return { ...host, scope: 'all' as const };
}

const pressure = (some: string, full: string): string =>
  `some avg10=0.00 avg60=0.00 avg300=${some} total=1\nfull avg10=0.00 avg60=0.00 avg300=${full} total=1\n`;

test('parsePressure() reads what the kernel says, and nothing else', () => {
  assert.deepEqual(parsePressure(pressure('12.50', '3.00')), { some300: 12.5, full300: 3 });
  assert.deepEqual(parsePressure('some avg10=0.00 avg60=0.00 avg300=1.00 total=1\n'), { some300: 1, full300: 0 });
  assert.equal(parsePressure('some avg10=x'), undefined);
  fc.assert(fc.property(fc.string(), (text) => parsePressure(text) === undefined || /avg300=/.test(text)));
});

test('shortages are told from where they hurt, and grave where work stops', () => {
  const calm = {
    '/proc/pressure/memory': pressure('20.00', '9.99'),
    '/proc/pressure/io': pressure('90.00', '59.00'),
    '/proc/pressure/cpu': pressure('80.00', '0.00'),
    '/proc/sys/fs/file-nr': '1000\t0\t9000\n',
    '/proc/loadavg': '1 1 1 1/200 99\n',
    '/proc/sys/kernel/threads-max': '1000\n',
    '/proc/sys/kernel/pid_max': '4194304\n',
  };
  assert.deepEqual(shortagesOf(hostWith(calm), 300), []);
  const bad = {
    ...calm,
    '/proc/pressure/memory': pressure('60.00', '35.00'),
    '/proc/pressure/cpu': pressure('95.00', '0.00'),
    '/proc/sys/fs/file-nr': '7500\t0\t9000\n',
    '/proc/loadavg': '1 1 1 1/960 99\n',
  };
  assert.deepEqual(
    shortagesOf(hostWith(bad), 1500).map(({ what, grave }) => [what, grave]),
    [
      ['memory', true],
      ['processor', false],
      ['files', false],
      ['processes', true],
      ['processes', false],
    ],
  );
});

/** Looks at the program of process 9 once a minute. */
function watching(exe: string) {
  const host = hostWith({});
  let ticks = 0;
  const stat = (): string => `9 (x) R 1 9 9 0 -1 4194304 0 0 0 0 ${ticks} 0 0 0 20 0 1 0 5 1 1 ${'0 '.repeat(28)}\n`;
  const facts = {
    pid: 9,
    parentPid: 1,
    startTicks: 5,
    startedMs: 0,
    comm: 'x',
    exe,
    exeState: 'present' as const,
    cmdline: '/opt/x',
    uid: 0,
    user: 'root',
    cgroup: '0::/',
    namespace: 1,
    asStarted: false,
  };
  host.table.set(9, facts);
  const files = {
    ...host.files,
    list: (path: string) => (path === '/proc' ? ['9'] : { error: 'ENOENT', path }),
    read: (path: string) => (path === '/proc/9/stat' ? Buffer.from(stat()) : host.files.read(path)),
    readlink: (path: string) => (path === '/proc/9/exe' ? exe : { error: 'ENOENT', path }),
  };
  const at = { ...host, files };
  const look = async (share: number) => {
    ticks += Math.round(6000 * share);
    await host.clock.advance(60_000);
    return (await sensor.look(at, AbortSignal.timeout(1000))).rows.filter(({ kind }) => kind === 'busy');
  };
  return look;
}

test('what runs from an open place is busy after ten minutes', async () => {
  const look = watching('/tmp/x');
  for (let minute = 0; minute < 10; minute += 1) assert.deepEqual(await look(1.9), [], `minute ${minute}`);
  let rows = await look(1.9);
  for (let minute = 0; rows.length === 0 && minute < 3; minute += 1) rows = await look(1.9);
  assert.deepEqual([rows[0]?.exe, rows[0]?.exePlace], ['/tmp/x', '/tmp']);
});

test('a program is busy after an hour without a pause, and not before', async () => {
  const look = watching('/opt/x');
  for (let minute = 0; minute < 60; minute += 1) assert.deepEqual(await look(0.95), [], `minute ${minute}`);
  let rows = await look(0.95);
  for (let minute = 0; rows.length === 0 && minute < 3; minute += 1) rows = await look(0.95);
  assert.deepEqual([rows[0]?.exe, rows[0]?.what], ['/opt/x', 'processor']);
  assert.deepEqual(await look(0.2), []);
  assert.deepEqual(await look(0.95), []);
});
