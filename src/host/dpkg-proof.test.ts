import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ProcessFacts } from '#model/host.ts';
import { makeTemp } from '#test/lab/temp.ts';
import { openDpkgProof } from './dpkg-proof.ts';

const same = { verify: () => 'same' as const };
/** No process has this number: it is above the highest that the kernel gives. */
const GONE = 2 ** 22 + 1;

function dpkg(more: Partial<ProcessFacts>): ProcessFacts {
  const who = { comm: 'dpkg', exe: '/usr/bin/dpkg', exeState: 'present', cmdline: '', uid: 0, user: 'root' } as const;
  const where = { cgroup: '/', namespace: 1, asStarted: false, startTicks: 7, startedMs: 0 };
  return { pid: GONE, parentPid: process.pid, ...who, ...where, ...more };
}

test('a dpkg that is gone is proven by the apt that waits for it, as packaged, and by nobody else', async () => {
  await using temp = await makeTemp();
  const fifo = join(temp.path, 'apt.conf');
  execFileSync('/usr/bin/mkfifo', [fifo]);
  // It opens its settings, and waits until somebody writes them.
  const apt = spawn('/usr/bin/apt-get', ['-c', fifo, 'help'], { stdio: 'ignore' });
  try {
    await once(apt, 'spawn');
    const parentPid = apt.pid ?? 0;
    assert.ok(openDpkgProof(same)(dpkg({ parentPid })));
    assert.ok(!openDpkgProof(same)(dpkg({})), 'our own process is no apt');
    assert.ok(openDpkgProof(same)(dpkg({ parentPid, asStarted: true })), 'the name that apt passed to exec');
    assert.ok(!openDpkgProof(same)(dpkg({ parentPid, exe: '/tmp/dpkg' })));
    assert.ok(!openDpkgProof({ verify: () => 'differs' })(dpkg({ parentPid })));
    // apt was exchanged by its own run meanwhile: who was proven before stays so.
    let now: 'same' | 'differs' = 'same';
    const proof = openDpkgProof({ verify: (path) => (path === '/usr/bin/apt-get' ? now : 'same') });
    assert.ok(proof(dpkg({ parentPid })));
    now = 'differs';
    assert.ok(proof(dpkg({ parentPid, startTicks: 8 })));
    const altered = { verify: (path: string) => (path === '/usr/bin/apt-get' ? 'differs' : 'same') } as const;
    assert.ok(!openDpkgProof(altered)(dpkg({ parentPid })), 'an apt that somebody altered');
  } finally {
    apt.kill('SIGKILL');
  }
});

test('what is still there must be dpkg itself', () => {
  assert.ok(!openDpkgProof(same)(dpkg({ pid: process.pid })));
});

test('dpkg-preconfigure is of the run where apt started it, a perl that only says so is not', async () => {
  await using temp = await makeTemp();
  const perl = spawn('/usr/bin/perl', ['-e', 'sleep 60'], { stdio: 'ignore' });
  try {
    await once(perl, 'spawn');
    const asks = dpkg({
      pid: perl.pid ?? 0,
      exe: '/usr/bin/perl',
      cmdline: '/usr/bin/perl -w /usr/sbin/dpkg-preconfigure --apt',
    });
    assert.ok(!openDpkgProof(same)(asks), 'below our own process');
    // As apt does it: a hook by way of a shell, which waits for it.
    const hook = '/usr/bin/perl -e "sleep 60" & echo $!; wait';
    const apt = spawn(
      '/usr/bin/apt-get',
      [
        '-o',
        `APT::Update::Pre-Invoke::=${hook}`,
        '-o',
        'Dir::Etc=/nowhere',
        '-o',
        `Dir::State::lists=${temp.path}/`,
        '-o',
        `Dir::Cache=${temp.path}/`,
        'update',
      ],
      {
        stdio: ['ignore', 'pipe', 'ignore'],
        detached: true,
      },
    );
    try {
      const [said] = (await once(apt.stdout, 'data')) as [Buffer];
      const pid = Number(said.toString().trim());
      const parentPid = Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[3]);
      const below = { ...asks, pid, parentPid };
      assert.ok(openDpkgProof(same)(below));
      assert.ok(!openDpkgProof(same)({ ...below, cmdline: '/usr/bin/perl -w /tmp/dpkg-preconfigure --apt' }));
      assert.ok(!openDpkgProof(same)({ ...below, cmdline: 'perl -e /usr/sbin/dpkg-preconfigure' }));
      const altered = { verify: (path: string) => (path.endsWith('-preconfigure') ? 'differs' : 'same') } as const;
      assert.ok(!openDpkgProof(altered)(below));
    } finally {
      process.kill(-(apt.pid ?? 0), 'SIGKILL');
    }
  } finally {
    perl.kill();
  }
});
