/** Each sign, done for real by a harmless process of our own. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, rename, unlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openLiveHost } from '#host/live.ts';
import { needsRoot } from '#test/lab/skip.ts';
import { makeTemp } from '#test/lab/temp.ts';
import { oddMemoryOf } from './odd-process-memory.ts';
import sensor, { type OddRow } from './odd-processes.ts';

const PERL = '/usr/bin/perl';
const [MEMFD, EXECVEAT, PTRACE, MMAP] = process.arch === 'arm64' ? [279, 281, 117, 222] : [319, 322, 101, 9];
void EXECVEAT;

/** Signs of one process, by a host that knows nothing yet. */
async function signsOf(pid: number | undefined): Promise<OddRow[]> {
  using host = openLiveHost({ namespaces: 'own' });
  // As if each start had been heard of.
  oddMemoryOf(host).heardSinceMs = 0;
  const { rows } = await sensor.look(host, AbortSignal.timeout(20_000));
  return rows.filter(({ holders }) => holders.some((holder) => holder.endsWith(`(${pid})`)));
}

const named = (rows: readonly OddRow[]): string[] => rows.map(({ sign, value }) => `${sign}: ${value}`.trim()).sort();

/** A process that says "ready" and waits until its input ends. */
async function start(
  command: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; argv0?: string } = {},
) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], ...options });
  await once(child.stdout, 'data');
  return stopping(child);
}

function stopping<C extends ChildProcess>(child: C): C & AsyncDisposable {
  return Object.assign(child, {
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  });
}

const WAIT = '$|=1; print "ready\\n"; <STDIN>;';

describe('odd-processes', { skip: needsRoot(), concurrency: false }, () => {
  test('an ordinary process shows no sign', async () => {
    await using child = await start(PERL, ['-e', WAIT]);
    assert.deepEqual(named(await signsOf(child.pid)), []);
  });

  test('a file that was deleted, and one that another replaced, are told apart', async () => {
    await using temp = await makeTemp();
    for (const name of ['gone', 'old', 'new']) await copyFile(PERL, `${temp.path}/${name}`);
    await using gone = await start(`${temp.path}/gone`, ['-e', WAIT]);
    await using old = await start(`${temp.path}/old`, ['-e', WAIT]);
    await unlink(`${temp.path}/gone`);
    await rename(`${temp.path}/new`, `${temp.path}/old`);
    const [deleted] = await signsOf(gone.pid);
    assert.deepEqual(
      [deleted?.sign, deleted?.exe, deleted?.packageState],
      ['deleted', `${temp.path}/gone`, 'unpackaged'],
    );
    assert.deepEqual(named(await signsOf(old.pid)), ['replaced:']);
  });

  test('a program in a memfd, and one in a file without a name', async () => {
    const memory =
      `my $n="quiet"; my $f=syscall(${MEMFD},$n,0); open(my $o,">&=",$f); binmode $o; open(my $i,"<","${PERL}"); binmode $i; ` +
      `local $/; my $d=<$i>; print $o $d; $o->flush; exec {"/proc/self/fd/$f"} "quiet","-e",'${WAIT}'`;
    await using child = await start(PERL, ['-MIO::Handle', '-e', memory]);
    assert.deepEqual(named(await signsOf(child.pid)), ['memory: memfd quiet']);
    // O_TMPFILE|O_RDWR; the kernel refuses to run what is open for writing, so it is opened again.
    const nameless =
      `sysopen(my $o,"/dev/shm",0x410002,0700) or die "$!"; binmode $o; open(my $i,"<","${PERL}"); binmode $i; local $/; my $d=<$i>; ` +
      `print $o $d; $o->flush; my $w=fileno($o); open(my $r,"<","/proc/self/fd/$w"); close $o; my $f=fileno($r); ` +
      `use Fcntl; fcntl($r,F_SETFD,0); exec {"/proc/self/fd/$f"} "quiet","-e",'${WAIT}'`;
    await using other = await start(PERL, ['-MIO::Handle', '-e', nameless]);
    assert.deepEqual(named(await signsOf(other.pid)), ['memory: file without a name in /dev/shm']);
  });

  test('a name like a thread of the kernel, and a name of the system', async () => {
    await using kernel = await start(PERL, ['-e', `$0="[kworker/1:2-events]"; ${WAIT}`]);
    assert.deepEqual(named(await signsOf(kernel.pid)), ['kernel name: kworker/*:*']);
    await using system = await start(PERL, ['-e', `$0="/usr/sbin/sshd -D"; ${WAIT}`]);
    assert.deepEqual(named(await signsOf(system.pid)), ['other name: sshd']);
    await using temp = await makeTemp();
    await copyFile(PERL, `${temp.path}/x`);
    await using copy = await start(`${temp.path}/x`, ['-e', WAIT], { argv0: 'crond' });
    assert.deepEqual(named(await signsOf(copy.pid)), ['other name: crond']);
  });

  test('a library that the environment brings', async () => {
    await using temp = await makeTemp();
    await writeFile(`${temp.path}/none.so`, '');
    const env = { LD_PRELOAD: `${temp.path}/none.so`, SECRET: 'LD_PRELOAD=not' };
    await using child = stopping(spawn(PERL, ['-e', WAIT], { env, stdio: ['pipe', 'pipe', 'ignore'] }));
    await once(child.stdout, 'data');
    const [row] = await signsOf(child.pid);
    assert.deepEqual(
      [row?.sign, row?.value, row?.detail],
      ['loader variable', `LD_PRELOAD=${temp.path}/none.so`, `open: ${temp.path}/none.so`],
    );
  });

  test('a tracer', async () => {
    await using child = await start(PERL, ['-e', WAIT]);
    await using tracer = await start(PERL, [
      '-e',
      `syscall(${PTRACE},0x4206,${child.pid},0,0)==0 or die "$!"; ${WAIT}`,
    ]);
    const [row] = await signsOf(child.pid);
    assert.deepEqual([row?.sign, row?.value, row?.detail], ['traced', PERL, String(tracer.pid)]);
  });

  test('memory that is writable and executable', async () => {
    await using child = await start(PERL, ['-e', `syscall(${MMAP},0,65536,7,0x22,-1,0); ${WAIT}`]);
    const [row] = await signsOf(child.pid);
    assert.deepEqual([row?.sign, row?.value, row?.detail], ['executable memory', 'writable', '64 KiB']);
  });

  test('a shell whose input and output are a connection, and not one on a Unix socket', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const accepted = once(server, 'connection') as Promise<[NodeJS.Socket & { destroy(): void }]>;
    const shell =
      `use Socket; socket(S,PF_INET,SOCK_STREAM,0); connect(S,sockaddr_in(${port},inet_aton("127.0.0.1"))) or die "$!"; ` +
      'open(STDIN,"<&S"); open(STDOUT,">&S"); exec "/bin/sh"';
    await using child = stopping(spawn(PERL, ['-e', shell], { stdio: 'ignore' }));
    const [socket] = await accepted;
    try {
      await sleep(300);
      const [row] = await signsOf(child.pid);
      assert.deepEqual([row?.sign, row?.detail], ['socket as input', `127.0.0.1:${port}`]);
    } finally {
      socket.destroy();
      server.close();
    }
    const local =
      'use Socket; socketpair(A,B,AF_UNIX,SOCK_STREAM,0); open(STDIN,"<&A"); open(STDOUT,">&A"); exec "/bin/sh"';
    await using unix = stopping(spawn(PERL, ['-e', local], { stdio: 'ignore' }));
    await sleep(300);
    assert.deepEqual(named(await signsOf(unix.pid)), []);
  });

  test('root below somebody who could not become it; sudo and its like are not told', async () => {
    await using temp = await makeTemp();
    await chmod(temp.path, 0o755);
    // The parent gives up root for good after it forked: what is below it looks as after an exploit.
    const exploited =
      `my $k=fork; if(!$k){ exec "/usr/bin/sleep","60" } $)="65534 65534"; $(=65534; use POSIX; POSIX::setgid(65534); POSIX::setuid(65534); ` +
      `$|=1; print "ready $k\\n"; <STDIN>; kill 9,$k`;
    const parent = spawn(PERL, ['-e', exploited], { stdio: ['pipe', 'pipe', 'ignore'] });
    await using owned = stopping(parent);
    const [words] = (await once(parent.stdout, 'data')) as [Buffer];
    const child = Number(/ready (\d+)/.exec(words.toString())?.[1]);
    try {
      const [row] = await signsOf(child);
      assert.deepEqual([row?.sign, row?.value], ['became root', 'below nobody']);
    } finally {
      process.kill(child, 'SIGKILL');
    }
    void owned;
    // The same with a parent that runs a setuid file, as sudo is one.
    await copyFile(PERL, `${temp.path}/sudo`);
    await chmod(`${temp.path}/sudo`, 0o4755);
    await using setuid = stopping(spawn(`${temp.path}/sudo`, ['-e', exploited], { stdio: ['pipe', 'pipe', 'ignore'] }));
    const [more] = (await once(setuid.stdout, 'data')) as [Buffer];
    const second = Number(/ready (\d+)/.exec(more.toString())?.[1]);
    try {
      assert.deepEqual(named(await signsOf(second)), []);
    } finally {
      process.kill(second, 'SIGKILL');
    }
  });
});
