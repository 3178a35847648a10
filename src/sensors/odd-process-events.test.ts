/** Deeds and starts that are odd, heard as they happen: done for real, with kernel events of this test's own. */

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { openLiveHost } from '#host/live.ts';
import type { Host } from '#model/host.ts';
import { needsRoot } from '#test/lab/skip.ts';
import { makeTemp } from '#test/lab/temp.ts';
import oddProcessEvents from './odd-process-events.ts';
import odd, { type OddRow } from './odd-processes.ts';

const PERL = '/usr/bin/perl';
const [PTRACE, WRITEV] = process.arch === 'arm64' ? [117, 271] : [101, 311];

async function run(program: string, env: NodeJS.ProcessEnv = {}): Promise<number> {
  const child = spawn(PERL, ['-e', program], { stdio: 'ignore', env });
  await once(child, 'exit');
  return child.pid ?? 0;
}

/** Others use this machine as well. */
const isOurs = ({ parents }: OddRow): boolean => parents.some((parent) => parent.endsWith(`(${process.pid})`));

/** Rows that were told, until one of them is what the test waits for. */
async function hear(host: Host, act: () => Promise<unknown>, done: (row: OddRow) => boolean): Promise<OddRow[]> {
  const stop = AbortSignal.timeout(15_000);
  await using listening = await oddProcessEvents.listen(host, stop);
  const acting = act();
  const rows: OddRow[] = [];
  for await (const batch of listening.events) {
    for (const { row } of batch) if (row !== undefined) rows.push(row as OddRow);
    if (rows.some(done)) break;
  }
  await acting;
  return rows;
}

describe('odd-process-events', { skip: needsRoot(), concurrency: false }, () => {
  test('tells of short programs with a false name or a foreign library, and shows them to the look for a while', async () => {
    using host = openLiveHost({ namespaces: 'own', tag: `c0de${process.pid.toString(16)}` });
    const rows = await hear(
      host,
      async () => {
        await run('select(undef,undef,undef,0.2)', { LD_LIBRARY_PATH: '/opt/nowhere' });
        await run('exec {"/usr/bin/perl"} "[kworker/0:1]", "-e", "select(undef,undef,undef,0.2)"');
      },
      ({ sign }) => sign === 'kernel name',
    );
    const told = rows.filter(({ parents }) => parents.some((parent) => parent.endsWith(`(${process.pid})`)));
    assert.ok(told.some(({ value }) => value === 'LD_LIBRARY_PATH=/opt/nowhere'));
    const look = await odd.look(host, AbortSignal.timeout(20_000));
    assert.ok(look.rows.some(({ sign, comm }) => sign === 'kernel name' && comm !== ''));
  });

  test('a setuid program of no package is told, what it became is not told again; nor is one below nobody root by right', async () => {
    using host = openLiveHost({ namespaces: 'own', tag: `c0e1${process.pid.toString(16)}` });
    await using temp = await makeTemp();
    await chmod(temp.path, 0o755);
    await copyFile(PERL, `${temp.path}/doas`);
    await chmod(`${temp.path}/doas`, 0o4755);
    // As nobody, below nobody: the first becomes root as doas does it, the second is a child that stayed root by a trick.
    const wait = 'select(undef,undef,undef,0.3)';
    const asNobody = `use POSIX; POSIX::setgid(65534); POSIX::setuid(65534);`;
    const doas = `$<=0; $>=0; use POSIX; POSIX::setuid(0); exec "${PERL}","-e","${wait}; 1 # by doas"`;
    const rows = await hear(
      host,
      async () => {
        await run(`${asNobody} system("${temp.path}/doas","-e",q(${doas}))`);
        await run(
          `pipe(R,W); my $k=fork; if(!$k){ close W; <R>; exec "${PERL}","-e","${wait}; 2 # by a trick" } ` +
            `${asNobody} close W; waitpid($k,0)`,
        );
      },
      ({ sign, value }) => sign === 'became root' && value.startsWith('below'),
    );
    const told = rows.filter(({ sign }) => sign === 'became root');
    assert.deepEqual(
      told.map(({ value, exe, cmdline }) => [value, exe.endsWith('/doas'), /by a trick/.test(cmdline)]),
      [
        ['from nobody, by a setuid file', true, false],
        ['below nobody', false, true],
      ],
    );
  });

  test('who takes the rights of root by a call is told with the program that did it, also when it is gone; sudo is not', async () => {
    using host = openLiveHost({ namespaces: 'own', tag: `c0e2${process.pid.toString(16)}` });
    await using temp = await makeTemp();
    await chmod(temp.path, 0o755);
    const own = `${temp.path}/own`;
    await copyFile(PERL, own);
    execFileSync('/usr/sbin/setcap', ['cap_setuid+ep', own]);
    const asNobody = `use POSIX; POSIX::setgid(65534); POSIX::setuid(65534);`;
    const rows = await hear(
      host,
      async () => {
        await run(`${asNobody} system("/usr/bin/sudo", "-n", "true")`);
        await run(`${asNobody} system("${own}","-e","use POSIX; POSIX::setuid(0); exec q(/bin/true)")`);
      },
      ({ sign }) => sign === 'became root',
    );
    assert.deepEqual(
      rows
        .filter(({ sign }) => sign === 'became root')
        .map(({ value, exe, user }) => [value, exe.endsWith('/own'), user]),
      [['from nobody, by its own call', true, 'root']],
    );
  });

  test('memory that may be written and run is told of a program of no package that is gone at once, not of a packaged one', async () => {
    using host = openLiveHost({ namespaces: 'own', tag: `c0e4${process.pid.toString(16)}` });
    await using temp = await makeTemp();
    const own = `${temp.path}/own`;
    await copyFile(PERL, own);
    await chmod(own, 0o755);
    const mmap = `syscall(${process.arch === 'arm64' ? 222 : 9}, 0, 4096, 7, 34, -1, 0)`;
    const rows = await hear(
      host,
      () => run(`system("${PERL}","-e","${mmap}"); system("${own}","-e","${mmap}")`),
      (row) => row.sign === 'executable memory' && isOurs(row),
    );
    assert.deepEqual(
      rows
        .filter((row) => row.sign === 'executable memory' && isOurs(row))
        .map(({ exe, value }) => [exe.endsWith('/own'), value]),
      [[true, 'writable']],
    );
  });

  test('a program in memory, a name of the kernel and a write into another process are told of those that are gone or just did it', async () => {
    using host = openLiveHost({ namespaces: 'own', tag: `c0e5${process.pid.toString(16)}` });
    const victim = spawn('/usr/bin/sleep', ['60'], { stdio: 'ignore' });
    const calm = 'select(undef,undef,undef,0.1);';
    const memfd = process.arch === 'arm64' ? 279 : 319;
    const unnamed =
      `my $n="x\\0"; my $f=syscall(${memfd},$n,0); open(my $o,">&=",$f); open(my $i,"<","/bin/true"); local $/; ` +
      `print $o scalar <$i>; $o->flush; ${calm} exec {"/proc/self/fd/$f"} "x"`;
    const prctl = process.arch === 'arm64' ? 167 : 157;
    try {
      await once(victim, 'spawn');
      const rows = await hear(
        host,
        async () => {
          await run(`use IO::Handle; ${unnamed}`);
          await run(`${calm} my $n="kworker/0:7"; syscall(${prctl},15,$n,0,0,0); select(undef,undef,undef,0.5)`);
          await run(`open(my $f,"+<","/proc/self/mem"); open(my $g,"<","/proc/${victim.pid}/mem")`);
          await run(`open(my $f,"+<","/proc/${victim.pid}/mem")`);
        },
        ({ sign, value }) => sign === 'wrote memory' && value === '',
      );
      assert.deepEqual(
        rows.filter(isOurs).map(({ sign, value, exe }) => [sign, value, exe]),
        [
          ['memory', 'memfd', '/memfd:'],
          ['kernel name', 'kworker/*:*', PERL],
          ['wrote memory', 'read only', PERL],
          ['wrote memory', '', PERL],
        ],
      );
    } finally {
      victim.kill();
    }
  });

  test('tells of a tracer and of a writer that are gone at once', async () => {
    using host = openLiveHost({ namespaces: 'own', tag: `c0df${process.pid.toString(16)}` });
    const victim = spawn('/usr/bin/sleep', ['60'], { stdio: 'ignore' });
    try {
      await once(victim, 'spawn');
      const rows = await hear(
        host,
        async () => {
          // Once more, by another process: told again.
          await run(`syscall(${PTRACE},0x4206,${victim.pid},0,0)`);
          const wait = 'select(undef,undef,undef,0.2);';
          await run(`syscall(${PTRACE},0x4206,${victim.pid},0,0); ${wait}`);
          await run(`syscall(${WRITEV},${victim.pid},0,0,0,0,0); ${wait}`);
        },
        ({ value }) => value.startsWith('written by'),
      );
      assert.deepEqual(
        rows
          .filter(({ pid }) => pid === victim.pid)
          .map(({ sign, exe, value, byExe, byPid, detail }) => [
            sign,
            exe.endsWith('sleep'),
            value,
            byExe,
            String(byPid) === detail,
          ]),
        [
          ['traced', true, PERL, PERL, true],
          ['traced', true, PERL, PERL, true],
          ['traced', true, `written by ${PERL}`, PERL, true],
        ],
      );
    } finally {
      victim.kill();
    }
  });
});
