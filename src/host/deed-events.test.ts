/** Deeds of one process to another, and short programs: done for real, heard by the kernel's events. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { watchKernel } from '#test/lab/kernel-watch.ts';
import { needsRoot } from '#test/lab/skip.ts';
import { makeTemp } from '#test/lab/temp.ts';

const PERL = '/usr/bin/perl';

/** Runs perl to its end; returns its pid. */
async function perl(program: string): Promise<number> {
  const child = spawn(PERL, ['-e', program], { stdio: 'ignore' });
  const { pid } = child;
  await once(child, 'exit');
  assert.ok(pid);
  return pid;
}

describe('events of deeds', { skip: needsRoot(), concurrency: false }, () => {
  test('tells who began to trace, to write into whom and to read whom', async () => {
    await using watch = await watchKernel();
    const [ptrace, readv, writev] = process.arch === 'arm64' ? [117, 270, 271] : [101, 310, 311];
    const victim = spawn('/usr/bin/sleep', ['30'], { stdio: 'ignore' });
    try {
      const target = victim.pid ?? 0;
      const tracer = await perl(
        `syscall(${ptrace}, 0x4206, ${target}, 0, 0); syscall(${writev}, ${target}, 0, 0, 0, 0, 0); ` +
          // Again and again, and from itself: told once.
          `my $own = 0 + $$; syscall(${readv}, ${target}, 0, 0, 0, 0, 0); syscall(${readv}, ${target}, 0, 0, 0, 0, 0); syscall(${readv}, $own, 0, 0, 0, 0, 0); ` +
          `open(my $f, "+<", "/proc/${target}/mem"); open(my $g, "<", "/proc/${target}/mem");`,
      );
      const isDeed = ({ kind, pid }: { kind: string; pid: number }): boolean =>
        pid === tracer && (kind === 'trace' || kind === 'memory-write' || kind === 'memory-read');
      await watch.until((events) => events.filter(isDeed).length >= 5);
      const deeds = watch.events.filter(isDeed);
      assert.deepEqual(
        deeds.map(({ kind, target: whom, process: by }) => [kind, whom, by?.exe]),
        [
          ['trace', target, PERL],
          ['memory-write', target, PERL],
          ['memory-read', target, PERL],
          ['memory-write', 0, PERL],
          ['memory-read', 0, PERL],
        ],
      );
    } finally {
      victim.kill();
    }
  });

  test('tells who mounts, in whichever mount namespace, and not who tries in vain', async () => {
    await using watch = await watchKernel();
    const ran = async (...args: readonly string[]): Promise<number> => {
      const child = spawn('/usr/bin/unshare', ['--mount', '--propagation', 'slave', ...args], { stdio: 'ignore' });
      await once(child, 'exit');
      return child.pid ?? 0;
    };
    const vain = await ran('/usr/bin/mount', '-t', 'no-such-type', 'x', '/mnt');
    const maker = await ran('/usr/bin/mount', '-t', 'tmpfs', 'x', '/mnt');
    await watch.until((events) => events.some((event) => event.kind === 'exit' && event.pid === maker));
    const told = watch.events.filter(({ kind, pid }) => kind === 'mount' && (pid === maker || pid === vain));
    const byMount = told.filter(({ process: by }) => by?.exe.endsWith('/mount'));
    assert.deepEqual([...new Set(byMount.map(({ pid }) => pid))], [maker]);
  });

  test('tells who sets the flags of a file, and nothing of other calls of ioctl()', async () => {
    await using watch = await watchKernel();
    await using temp = await makeTemp();
    const path = join(temp.path, 'f');
    writeFileSync(path, '');
    const flagger = await perl(
      `open(my $f, "<", "${path}"); my $flags = pack("q", 0); ` +
        'ioctl($f, 0x80086601, $flags); ioctl($f, 0x40086602, $flags); ioctl($f, 0x5401, $flags);',
    );
    await watch.until((events) => events.some((event) => event.kind === 'exit' && event.pid === flagger));
    const told = watch.events.filter(({ kind, pid }) => kind === 'file-flags' && pid === flagger);
    assert.deepEqual(
      told.map(({ process: by, target }) => [by?.exe, target]),
      [[PERL, 3]],
    );
  });

  test('tells who loads an eBPF program, and nothing of other calls of bpf()', async () => {
    await using watch = await watchKernel();
    const bpf = process.arch === 'arm64' ? 280 : 321;
    const loader = await perl(
      'my $code = pack("C2 s l C2 s l", 0xb7, 0, 0, 0, 0x95, 0, 0, 0); my $licence = "GPL\\0"; ' +
        'my $attr = pack("L2 P P L2 Q L2 a16", 1, 2, $code, $licence, 0, 0, 0, 0, 0, "tt_test"); ' +
        `syscall(${bpf}, 5, $attr, length $attr); my $next = pack("L3", 0, 0, 0); syscall(${bpf}, 11, $next, 12);`,
    );
    await watch.until((events) => events.some((event) => event.kind === 'exit' && event.pid === loader));
    const told = watch.events.filter(({ kind, pid }) => kind === 'kernel-code' && pid === loader);
    assert.deepEqual(
      told.map(({ process: by }) => by?.exe),
      [PERL],
    );
  });

  test('can ask a program that lives for 50 ms, and says what was known before', async () => {
    await using watch = await watchKernel();
    const seen = new Map<number, string>();
    const reading = setInterval(() => {
      for (const event of watch.events) {
        if (event.kind === 'exec' && !seen.has(event.pid)) seen.set(event.pid, event.process?.cmdline ?? '');
      }
    }, 2);
    const pids: number[] = [];
    for (let index = 0; index < 10; index += 1) pids.push(await perl('select(undef,undef,undef,0.08)'));
    await watch.until((events) => events.some((event) => event.kind === 'exit' && event.pid === pids.at(-1)));
    clearInterval(reading);
    const asked = pids.filter((pid) => (seen.get(pid) ?? '').includes('select'));
    assert.ok(asked.length >= 8, `${asked.length} of 10 could be asked`);
    const exec = watch.events.find((event) => event.kind === 'exec' && event.pid === pids[0]);
    assert.deepEqual([exec?.filename, exec?.before?.exe, exec?.before?.user], [PERL, process.execPath, 'root']);
  });
});
