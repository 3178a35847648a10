import assert from 'node:assert/strict';
import test from 'node:test';
import type { Exec, Run } from '#model/exec.ts';
import type { Kernel, Space } from '#model/kernel.ts';
import { captureFolder, type MadeFile } from '#test/lab/captured-folder.ts';
import sensor from './disks.ts';

const signal = new AbortController().signal;
const mountinfo =
  '1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:1 /x /again rw - ext4 /dev/sda1 rw\n3 1 0:9 / /nfs rw - nfs4 nas:/x rw\n';

/** Looks at a folder whose file systems are as full as it is said. */
async function lookingAt(files: Readonly<Record<string, MadeFile>>) {
  const folder = await captureFolder({ '/proc/self/mountinfo': mountinfo, ...files });
  const asked: string[] = [];
  let space: Space = { totalBytes: 1000, freeBytes: 500, totalInodes: 100, freeInodes: 90 };
  const kernel = {
    space: (path: string) => {
      asked.push(path);
      return space;
    },
  } as unknown as Kernel;
  const host = { ...folder.host, kernel };
  return {
    folder,
    asked,
    clock: folder.host.clock,
    fill: (percent: number, totalBytes = 1000) => {
      space = { ...space, totalBytes, freeBytes: totalBytes - (totalBytes * percent) / 100 };
    },
    states: async () =>
      (await sensor.look(host, signal)).rows.map(({ kind, name, state }) => `${kind} ${name} ${state}`.trim()),
    look: () => sensor.look(host, signal),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

test('local file systems are asked once each, and no server is waited for', async () => {
  await using it = await lookingAt({});
  assert.deepEqual(await it.states(), ['room /', 'inodes /']);
  assert.deepEqual(it.asked, ['/']);
});

test('file systems in memory are asked where they can be filled', async () => {
  const lines =
    '4 1 0:20 / /run rw,nosuid - tmpfs tmpfs rw,size=1k\n5 1 0:21 / /sys/fs/cgroup ro - tmpfs tmpfs ro\n6 1 0:22 / /run/user/1000 rw - tmpfs tmpfs rw\n';
  await using it = await lookingAt({ '/proc/self/mountinfo': mountinfo + lines });
  it.fill(98);
  assert.deepEqual(await it.states(), ['room / 97', 'inodes /', 'room /run 97', 'inodes /run']);
});

test('a full disk has steps with a margin', async () => {
  await using it = await lookingAt({});
  const seen: string[] = [];
  for (const percent of [89, 90, 89, 88, 87, 97, 95.5, 94, 91, 50]) {
    it.fill(percent);
    seen.push((await it.states())[0] ?? '');
  }
  const steps = ['', '90', '90', '90', '', '97', '97', '90', '90', ''];
  assert.deepEqual(
    seen,
    steps.map((step) => `room / ${step}`.trim()),
  );
});

test('a disk that fills says when it will be full', async () => {
  await using it = await lookingAt({});
  it.fill(50, 1000);
  await it.look();
  it.clock.moveTo(it.clock.nowMs() + 3_600_000);
  it.fill(60, 1000);
  const { rows } = await it.look();
  assert.equal(rows[0]?.forecast, 'full in about 4 h at the rate of the last 1 h');
});

test('errors that ext4 counted, and a file system that went read-only by itself', async () => {
  await using it = await lookingAt({ '/sys/fs/ext4/sda1/errors_count': '3\n' });
  assert.ok((await it.states()).includes('errors / errors'));
  it.folder.write('/proc/self/mountinfo', '1 0 8:1 / / rw - ext4 /dev/sda1 ro,errors=remount-ro\n');
  assert.ok((await it.states()).includes('errors / read-only'));
  it.folder.write('/proc/self/mountinfo', '1 0 8:1 / / ro - ext4 /dev/sda1 ro\n');
  it.folder.write('/sys/fs/ext4/sda1/errors_count', '0\n');
  assert.ok((await it.states()).includes('errors /'));
});

test('arrays and heat', async () => {
  await using it = await lookingAt({
    '/proc/mdstat':
      'md1 : active raid1 sdb1[1] sda1[0](F)\n      104320 blocks [2/1] [_U]\nmd0 : active raid1 sdb2[1] sda2[0]\n  8 blocks [2/2] [UU]\n',
    '/sys/class/hwmon/hwmon0/name': 'coretemp\n',
    '/sys/class/hwmon/hwmon0/temp1_input': '101000\n',
    '/sys/class/hwmon/hwmon0/temp1_crit': '100000\n',
    '/sys/class/hwmon/hwmon0/temp1_label': 'Package id 0\n',
    '/sys/class/hwmon/hwmon0/temp2_input': '40000\n',
    '/sys/class/hwmon/hwmon0/temp3_input': 'garbage\n',
    '/sys/class/hwmon/hwmon0/temp3_crit': '100000\n',
    '/sys/class/thermal/thermal_zone0/type': 'acpitz\n',
    '/sys/class/thermal/thermal_zone0/temp': '30000\n',
    '/sys/class/thermal/thermal_zone0/trip_point_0_type': 'critical\n',
    '/sys/class/thermal/thermal_zone0/trip_point_0_temp': '119000\n',
  });
  assert.deepEqual((await it.states()).slice(2), [
    'raid md1 degraded',
    'raid md0',
    'heat coretemp Package id 0 too hot',
    'heat acpitz thermal_zone0',
  ]);
  it.folder.write('/sys/class/hwmon/hwmon0/temp1_input', '97000\n');
  assert.ok((await it.states()).includes('heat coretemp Package id 0 too hot'));
  it.folder.write('/sys/class/hwmon/hwmon0/temp1_input', '90000\n');
  assert.ok((await it.states()).includes('heat coretemp Package id 0'));
});

test('a recorded host has no room to ask for, and a table that cannot be read is a gap', async () => {
  await using folder = await captureFolder({ '/proc/self/mountinfo': { folder: true, mode: 0o755 } });
  const { rows, gaps } = await sensor.look(folder.host, signal);
  assert.deepEqual(rows, []);
  assert.deepEqual(gaps, [{ what: '/proc/self/mountinfo', why: 'EISDIR' }]);
});

/** A machine with smartctl that says this of its disks. */
async function withSmartctl(answers: Readonly<Record<string, string>>, code = 0) {
  const disks = {
    '/sys/block/sda/device/model': 'ST2000DM001\n',
    '/sys/block/sr0/size': '0',
    '/sys/block/vda/size': '9',
  };
  const folder = await captureFolder(disks);
  const runs: Run[] = [];
  const exec: Exec = {
    find: ([first]) => first,
    run: (run) => {
      runs.push(run);
      const stdout = answers[run.args.at(-1) ?? ''] ?? '';
      return Promise.resolve({ code, stdout, stderr: '', why: stdout === '' ? 'it took too long' : '' });
    },
  };
  const host = { ...folder.host, exec };
  return {
    runs,
    clock: folder.host.clock,
    rows: async () => (await sensor.look(host, signal)).rows.filter(({ kind }) => kind === 'smart'),
    gaps: async () => (await sensor.look(host, signal)).gaps.map(({ what, why }) => `${what}: ${why}`),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

test('disks are asked for their health by smartctl, each half hour, and sleeping ones are not woken', async () => {
  const worn = '{"smart_status":{"passed":true},"ata_smart_attributes":{"table":[{"id":5,"raw":{"value":3}}]}}';
  await using it = await withSmartctl({ '/dev/sda': worn });
  const [row] = await it.rows();
  assert.deepEqual(
    [row?.name, row?.state, row?.words, row?.device],
    ['sda', 'worn', '3 reallocated sectors', 'ST2000DM001'],
  );
  assert.deepEqual(
    it.runs.map(({ args }) => args.join(' ')),
    ['--json -H -A -n standby,0 /dev/sda'],
  );
  await it.rows();
  assert.equal(it.runs.length, 1);
  it.clock.moveTo(it.clock.nowMs() + 31 * 60_000);
  await it.rows();
  assert.equal(it.runs.length, 2);
});

test('a disk that gives no answer is no row, and a machine without smartctl is not asked', async () => {
  await using it = await withSmartctl({});
  assert.deepEqual(await it.rows(), []);
  assert.deepEqual(await it.gaps(), ['health of disk sda: it took too long']);
  assert.equal(it.runs.length, 1);
  await using virtual = await withSmartctl({ '/dev/sda': '{"smartctl":{"exit_status":4}}' }, 4);
  assert.deepEqual([await virtual.rows(), await virtual.gaps()], [[], []]);
  await using refused = await withSmartctl({ '/dev/sda': '{"smartctl":{"exit_status":2}}' }, 2);
  assert.match((await refused.gaps())[0] ?? '', /^health of disk sda: smartctl could not open it/);
});
