import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { makeSlicer } from '#lib/slicer.ts';
import { openFdMap } from './fdmap.ts';
import { OwnerTable } from './owner-table.ts';
import type { TaskFiles } from './task-files.ts';

/** A process that opens `count` unnamed sockets, prints their inodes, and closes one on each line of its input. */
const HOLDER = `
import os, socket, sys
keep = [socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(int(sys.argv[1]))]
child = os.fork() if len(sys.argv) > 2 else 1
if child: os.write(1, ' '.join(str(os.fstat(s.fileno()).st_ino) for s in keep).encode())
for line in sys.stdin: keep.pop(0).close(); os.write(1, b'closed')
`;

async function hold(count: number, forked = false): Promise<{ child: ChildProcess; inodes: number[]; pid: number }> {
  const child = spawn('/usr/bin/python3', ['-c', HOLDER, String(count), ...(forked ? ['fork'] : [])]);
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, inodes: String(line).trim().split(' ').map(Number), pid: child.pid ?? 0 };
}

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

test('OwnerTable agrees with a Map of arrays, also while it grows and forgets', () => {
  const table = new OwnerTable(1);
  const expected = new Map<number, number[]>();
  for (let i = 0; i < 20_000; i++) {
    const inode = (i * 7919) % 9000 === 0 ? 0xff_ff_ff_f0 : (i * 7919) % 9000;
    const pid = 1 + (i % 5);
    table.add(inode, pid, i);
    const pids = expected.get(inode) ?? [];
    if (!pids.includes(pid)) pids.push(pid);
    expected.set(inode, pids);
  }
  for (const [inode, pids] of expected) assert.deepEqual(new Set(table.pidsOf(inode)), new Set(pids));
  assert.equal(table.has(123_456), false);
  table.check(0, table.size, (_, pid) => pid !== 3);
  for (const [inode, pids] of expected) {
    assert.deepEqual(new Set(table.pidsOf(inode)), new Set(pids.filter((pid) => pid !== 3)));
  }
});

test('owners are found, known ones without a walk, and gone ones are forgotten', async () => {
  let now = 0;
  const map = openFdMap(() => now);
  const { child, inodes, pid } = await hold(3);
  const find = (wanted: readonly number[]): ReturnType<typeof map.find> =>
    map.find(wanted.length, (i) => wanted[i] ?? 0, makeSlicer());
  try {
    const owners = await find(inodes);
    for (const inode of inodes) assert.deepEqual(owners.of(inode), [pid]);
    assert.equal(map.walks.full, 1);
    await find(inodes);
    assert.equal(map.walks.full, 1, 'nothing new, no walk');
    child.stdin?.write('\n');
    assert.ok(child.stdout);
    await once(child.stdout, 'data');
    // Some holdings are checked at each look, and a busy host has more than these.
    let after = await find(inodes);
    for (let i = 0; i < 50 && after.of(inodes[0] ?? 0).length > 0; i++) after = await find(inodes);
    assert.deepEqual(after.of(inodes[0] ?? 0), [], 'closed by a process that lives on');
    assert.deepEqual(after.of(inodes[1] ?? 0), [pid]);
    const walks = map.walks.full;
    // The closed one was looked for once already.
    for (let i = 0; i < 6; i++) await find([...inodes, 4_000_000_000]);
    assert.equal(map.walks.full, walks + 3, 'what nobody holds is looked for three times');
    now = 61_000;
    await find([...inodes, 4_000_000_000]);
    assert.equal(map.walks.full, walks + 4, 'and again after a minute');
  } finally {
    await end(child);
  }
  assert.deepEqual((await find(inodes)).of(inodes[1] ?? 0), []);
});

test('where there are many descriptors the kernel tells the holders at once', async () => {
  let now = 0;
  const [few, many] = [hold(2), hold(3, true)];
  const holders = await Promise.all([few, many]);
  const wanted = holders.flatMap(({ inodes }) => inodes);
  try {
    const map = openFdMap(() => now, { iterateFrom: 1 });
    const ways: string[] = [];
    const told: (readonly number[])[][] = [];
    for (; now <= 61_000; now += 61_000) {
      const owners = await map.find(wanted.length, (i) => wanted[i] ?? 0, makeSlicer());
      ways.push(map.by);
      told.push(wanted.map((inode) => owners.of(inode)));
    }
    assert.deepEqual(ways, ['/proc', 'eBPF']);
    assert.deepEqual(told[1], told[0], 'the same processes, in the same order');
    assert.equal(told[1]?.[4]?.length, 2);
  } finally {
    for (const { child } of holders) {
      child.stdin?.end();
      await end(child);
    }
  }
});

test('a kernel that does not tell, or breaks off, is asked for each descriptor', async () => {
  const { child, inodes, pid } = await hold(1);
  const broken: TaskFiles = {
    each(onSocket) {
      onSocket(inodes[0] ?? 0, 1, 3);
      return Promise.resolve(false);
    },
    [Symbol.dispose]: () => undefined,
  };
  try {
    for (const iterator of ['refused', broken]) {
      let [now, opened] = [0, 0];
      const openIterator = () => {
        opened += 1;
        return Promise.resolve(iterator);
      };
      const map = openFdMap(() => now, { iterateFrom: 1, openIterator });
      for (; now < 190_000; now += 61_000) {
        const owners = await map.find(1, () => inodes[0] ?? 0, makeSlicer());
        assert.deepEqual([owners.of(inodes[0] ?? 0), map.by], [[pid], '/proc']);
      }
      assert.equal(opened, 1, 'it is asked how once');
    }
  } finally {
    await end(child);
  }
});

test('of several holders the oldest comes first', async () => {
  const { child, inodes, pid } = await hold(1, true);
  try {
    const map = openFdMap(() => 0);
    const owners = await map.find(1, () => inodes[0] ?? 0, makeSlicer());
    const pids = owners.of(inodes[0] ?? 0);
    assert.equal(pids.length, 2);
    assert.equal(pids[0], pid);
  } finally {
    child.stdin?.end();
    await end(child);
  }
});

test('sockets are found below, in and beyond the gaps between descriptors', async () => {
  const script = `
import os, socket, sys
keep = [socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(4)]
inodes = [os.fstat(s.fileno()).st_ino for s in keep]
for s, fd in zip(keep, (9, 40, 41, 1000)): os.dup2(s.fileno(), fd)
if sys.argv[1:] == ['many']: [os.dup(0) for _ in range(60)]
for s in keep: s.close()
os.write(1, ' '.join(map(str, inodes)).encode())
if sys.argv[1:] == ['without descriptor 0']: os.close(0)
import signal; signal.pause()
`;
  for (const args of [[], ['without descriptor 0'], ['many']]) {
    const child = spawn('/usr/bin/python3', ['-c', script, ...args]);
    try {
      const [line] = (await once(child.stdout, 'data')) as [Buffer];
      const inodes = String(line).split(' ').map(Number);
      const owners = await openFdMap(() => 0).find(4, (i) => inodes[i] ?? 0, makeSlicer());
      for (const inode of inodes) assert.deepEqual(owners.of(inode), [child.pid]);
    } finally {
      await end(child);
    }
  }
});
