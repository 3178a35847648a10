import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { openLiveHost } from '#host/live.ts';
import type { Host, ProcessFacts } from '#model/host.ts';
import { keyOf } from '#model/table.ts';
import { makeTemp } from '#test/lab/temp.ts';
import { isOwnProgram } from './own-program.ts';
import { programMemoryOf } from './program-memory.ts';
import sensor, { type ProgramRow, programs } from './programs.ts';
import { resolvePath } from './resolve-path.ts';

async function rowsNow(): Promise<readonly ProgramRow[]> {
  using host = openLiveHost({ namespaces: 'own' });
  const { rows } = await sensor.look(host, AbortSignal.timeout(20_000));
  return rows;
}

test('programs: one row a program, with its script, place, package and parents, and never a pid in the key', async () => {
  await using temp = await makeTemp();
  await writeFile(`${temp.path}/job.sh`, '#!/bin/sh\nread x\n');
  await chmod(`${temp.path}/job.sh`, 0o755);
  const children = [1, 2].map(() => spawn(`${temp.path}/job.sh`, { stdio: ['pipe', 'ignore', 'ignore'] }));
  const sleeper = spawn('/usr/bin/sleep', ['60'], { stdio: 'ignore' });
  try {
    await Promise.all([...children, sleeper].map((child) => once(child, 'spawn')));
    const rows = await rowsNow();
    const job = rows.find(({ script }) => script === `${temp.path}/job.sh`);
    assert.ok(job);
    const shell = resolvePath(openFilesOf(), '/bin/sh');
    assert.deepEqual(
      [job.exe, job.count, job.packageState, job.exePlace, job.uid],
      [shell, 2, 'unpackaged', '/tmp', 0],
    );
    assert.match(job.parents[0] ?? '', new RegExp(`\\(${process.pid}\\)`));
    const sleep = rows.find(({ exe }) => exe.endsWith('/sleep'));
    assert.deepEqual([sleep?.package, sleep?.packageState, sleep?.exePlace], ['coreutils', 'packaged', '']);
    assert.equal(new Set(rows.map((row) => keyOf(row, programs.key))).size, rows.length);
    assert.deepEqual(programs.key, ['exe', 'script', 'user', 'from']);
  } finally {
    for (const child of [...children, sleeper]) child.kill();
  }
});

test('programs: what the settings name and we start ourselves is vouched for; the same started by others is not', async () => {
  await using temp = await makeTemp();
  const path = `${temp.path}/page-me`;
  await writeFile(path, '#!/bin/sh\nread x\n');
  await chmod(path, 0o755);
  const child = spawn(path, { stdio: ['pipe', 'ignore', 'ignore'] });
  try {
    await once(child, 'spawn');
    const home = { program: '/x', node: '/x', settings: '', stateDir: '/x', programs: [path] };
    for (const ours of [true, false]) {
      using host = openLiveHost({ namespaces: 'own', home });
      host.own.clear();
      if (ours) host.own.add(process.pid);
      const { rows } = await sensor.look(host, AbortSignal.timeout(20_000));
      assert.equal(rows.find(({ script }) => script === path)?.packageState, ours ? 'unknown' : 'unpackaged');
    }
  } finally {
    child.kill();
  }
});

test('our own command is known while the launcher becomes Node, before its command line is there', () => {
  const facts = { exe: '/opt/node', cmdline: '/opt/node /opt/telltale/src/main.ts daemon', exeState: 'present' };
  const host = { own: new Set([7]), processes: { get: () => facts } } as unknown as Host;
  const starting = { ...facts, cmdline: '', comm: 'telltale', asStarted: false } as unknown as ProcessFacts;
  assert.equal(isOwnProgram(host, starting, ''), true);
  assert.equal(isOwnProgram(host, { ...starting, comm: 'node' }, ''), false);
  assert.equal(isOwnProgram(host, { ...starting, exe: '/tmp/x' }, ''), false);
});

test('programs: what ended stays for 25 hours, and is bounded', async () => {
  using host = openLiveHost({ namespaces: 'own' });
  const [row] = await rowsNow();
  assert.ok(row);
  const memory = programMemoryOf(host);
  const nowMs = Date.now();
  for (let index = 0; index < 4000; index += 1)
    memory.note({ ...row, exe: `/opt/p${index}`, lastMs: nowMs - (index < 3990 ? 0 : 26 * 3_600_000) });
  const ended = memory.ended(new Set([keyOf({ ...row, exe: '/opt/p3500' }, programs.key)]), nowMs);
  assert.equal(ended.length, 3000 - 10 - 1);
  assert.ok(ended.every(({ count }) => count === 0));
});

test('resolvePath() follows links as the kernel does, and ends at loops', () => {
  const links = new Map([
    ['/bin', 'usr/bin'],
    ['/usr/bin/sh', '../bin/dash'],
    ['/a', '/b'],
    ['/b', '/a'],
  ]);
  const files = {
    ...openFilesOf(),
    readlink: (path: string) => links.get(path) ?? { error: 'EINVAL', path },
  };
  assert.equal(resolvePath(files, '/bin/sh'), '/usr/bin/dash');
  assert.equal(resolvePath(files, '/a/x'), '/a/x');
  assert.equal(resolvePath(files, '/usr/../bin/./sh'), '/usr/bin/dash');
});

function openFilesOf() {
  using host = openLiveHost({ namespaces: 'own' });
  return host.files;
}
