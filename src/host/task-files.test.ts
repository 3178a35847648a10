import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import test from 'node:test';
import { makeSlicer } from '#lib/slicer.ts';
import { openTaskFiles } from './task-files.ts';

const skip = process.getuid?.() !== 0 || !existsSync('/sys/kernel/btf/vmlinux') ? 'needs root and BTF' : false;

/** Two processes and a thread that left the descriptors of its process (unshare(CLONE_FILES)) and opened one of its own. */
const HOLDER = `
import ctypes, os, socket, threading, time
first, second = socket.socketpair()
libc = ctypes.CDLL(None)
ready = threading.Event()
def apart():
    assert libc.unshare(0x400) == 0
    global own; own = socket.socket()
    ready.set(); time.sleep(60)
threading.Thread(target=apart, daemon=True).start()
ready.wait()
own_inode = int(os.readlink('/proc/self/task/%d/fd/%d' % (threading.enumerate()[1].native_id, own.fileno()))[8:-1])
if os.fork() == 0: os.setsid(); time.sleep(60); os._exit(0)
os.write(1, b'%d %d %d' % (os.fstat(first.fileno()).st_ino, os.fstat(second.fileno()).st_ino, own_inode))
time.sleep(60)
`;

/** As /proc shows them: "inode pid descriptor". */
function holdingsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((descriptor) => {
    const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${descriptor}`))?.[1];
    return inode === undefined ? [] : [`${inode} ${pid} ${descriptor}`];
  });
}

test('every socket of every process is told, as /proc/PID/fd shows them', { skip }, async () => {
  const child = spawn('/usr/bin/python3', ['-c', HOLDER], { detached: true });
  const pid = child.pid ?? 0;
  const files = openTaskFiles();
  if (typeof files === 'string') throw new Error(files);
  let forked = 0;
  try {
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const [first, second, apart] = String(line).split(' ').map(Number);
    for (let round = 0; round < 2; round += 1) {
      const told: string[] = [];
      const inodes = new Set<number>();
      const whole: boolean = await files.each((inode, holder, descriptor) => {
        if (inode === first && holder !== pid) forked = holder;
        told.push(`${inode} ${holder} ${descriptor}`);
        inodes.add(inode);
      }, makeSlicer());
      assert.ok(whole);
      assert.equal(new Set(told).size, told.length, 'each descriptor once, not once a thread');
      assert.ok(first && second && inodes.has(first) && inodes.has(second));
      assert.equal(inodes.has(apart ?? 0), false, 'no more than the other way shows');
      for (const holder of [pid, forked])
        assert.deepEqual(told.filter((one) => one.split(' ')[1] === String(holder)).sort(), holdingsOf(holder).sort());
    }
  } finally {
    files[Symbol.dispose]();
    if (forked > 0) process.kill(forked, 'SIGKILL');
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});
