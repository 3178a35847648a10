import assert from 'node:assert/strict';
import test from 'node:test';
import type { BpfProgram, Kernel } from '#model/kernel.ts';
import { captureFolder } from '#test/lab/captured-folder.ts';
import { fakeHost, fakeProcess } from '#test/lab/fake-host.ts';
import sensor from './ebpf.ts';

const signal = new AbortController().signal;
const program = (more: Partial<BpfProgram>): BpfProgram => ({
  id: 1,
  type: 'kprobe',
  name: 'hook',
  tag: '00112233aabbccdd',
  loadedMs: 1000,
  uid: 0,
  links: ['perf event'],
  owners: [],
  ...more,
});
const kernelOf = (programs: ReturnType<Kernel['bpfPrograms']>): Kernel =>
  ({ bpfPrograms: () => programs }) as unknown as Kernel;

test('programs are rows by type, name, code and owner; several of one are counted', async () => {
  const host = fakeHost();
  host.table.set(7, fakeProcess({ pid: 7, comm: 'bpftrace', exe: '/usr/bin/bpftrace' }));
  host.disk.set('/var/lib/dpkg/status', { content: Buffer.alloc(0), ctimeMs: 1, inode: 1 });
  host.disk.set('/usr/bin/bpftrace', { content: Buffer.alloc(0), ctimeMs: 1, inode: 2 });
  host.packaged.set('/usr/bin/bpftrace', { name: 'bpftrace', verify: 'same' });
  const kernel = kernelOf([
    program({ owners: [7] }),
    program({ id: 2, owners: [7], loadedMs: 500, links: ['tracing'] }),
    program({ id: 3, type: 'xdp', name: '' }),
  ]);
  const { rows, gaps } = await sensor.look({ ...host, kernel }, signal);
  assert.deepEqual(gaps, []);
  assert.deepEqual(
    rows.map((row) => [
      row.type,
      row.name,
      row.owner,
      row.package,
      row.ownerState,
      row.count,
      row.loadedMs,
      row.links.join(),
    ]),
    [
      ['kprobe', 'hook', '/usr/bin/bpftrace', 'bpftrace', 'packaged', 2, 500, 'perf event,tracing'],
      ['xdp', '', '', '', '', 1, 1000, 'perf event'],
    ],
  );
  assert.deepEqual(rows[0]?.holders, ['bpftrace (7)']);
});

test('what is systemd’s and what is ours is known; whoever only takes the name is not', async () => {
  const host = fakeHost();
  host.own.add(9);
  host.table.set(1, fakeProcess({ pid: 1, comm: 'systemd', exe: '/usr/lib/systemd/systemd' }));
  host.table.set(9, fakeProcess({ pid: 9, exe: '/opt/telltale/node' }));
  host.table.set(10, fakeProcess({ pid: 10, exe: '/opt/telltale/node' }));
  host.table.set(66, fakeProcess({ pid: 66, exe: '/tmp/x' }));
  const kernel = kernelOf([
    program({ name: 'sd_devices', type: 'cgroup_device' }),
    program({ name: 'sd_fw_egress', type: 'cgroup_skb', owners: [1] }),
    program({ name: 'sd_evil', type: 'kprobe' }),
    program({ name: 'sd_fw_egress', type: 'cgroup_skb', owners: [66] }),
    program({ name: 'any', owners: [9] }),
    program({ name: 'telltale_bind', type: 'cgroup_sock', owners: [10] }),
    program({ name: 'telltale_bind', type: 'kprobe', owners: [10] }),
    program({ name: 'telltale_bind', type: 'cgroup_sock', owners: [66] }),
    program({ name: 'telltale_bind', type: 'cgroup_sock' }),
    program({ name: 'telltale_files', type: 'tracing', owners: [10] }),
    program({ name: 'telltale_files', type: 'cgroup_sock', owners: [10] }),
  ]);
  const home = { program: '/opt/telltale', node: '/opt/telltale/node', settings: '', stateDir: '/x' };
  const { rows } = await sensor.look({ ...host, kernel, home }, signal);
  assert.deepEqual(
    rows.map(({ name, type, maker }) => `${type} ${name}: ${maker}`),
    [
      'cgroup_device sd_devices: systemd',
      'cgroup_skb sd_fw_egress: systemd',
      'kprobe sd_evil: ',
      'cgroup_skb sd_fw_egress: ',
      'kprobe any: telltale',
      'cgroup_sock telltale_bind: telltale',
      'kprobe telltale_bind: ',
      'cgroup_sock telltale_bind: ',
      'cgroup_sock telltale_bind: ',
      'tracing telltale_files: telltale',
      'cgroup_sock telltale_files: ',
    ],
  );
});

test('pins are found in folders of pins', async () => {
  await using folder = await captureFolder({ '/sys/fs/bpf/door': 'x', '/sys/fs/bpf/a/b/c': 'x' });
  const { rows } = await sensor.look(folder.host, signal);
  assert.deepEqual(rows.map(({ kind, name }) => `${kind} ${name}`).sort(), [
    'pin /sys/fs/bpf/a/b/c',
    'pin /sys/fs/bpf/door',
  ]);
});

test('a kernel that refuses is a gap that says so', async () => {
  const { rows, gaps } = await sensor.look(
    { ...fakeHost(), kernel: kernelOf({ error: 'EPERM', path: 'bpf programs' }) },
    signal,
  );
  assert.deepEqual(rows, []);
  assert.deepEqual(gaps, [{ what: 'eBPF programs', why: 'EPERM', reduced: true }]);
});
