/** Crashes for real, heard by kernel events of this test's own. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { openLiveHost } from '#host/live.ts';
import { fakeHost, fakeProcess } from '#test/lab/fake-host.ts';
import { needsRoot } from '#test/lab/skip.ts';
import resourceEvents, { resourceTranslator } from './resource-events.ts';
import type { ResourceRow } from './resource-table.ts';
import sensor from './resource-troubles.ts';

test('a crash is told with its signal, the third one within the hour as grave, and a killed program is none', {
  skip: needsRoot(),
}, async () => {
  using host = openLiveHost({ namespaces: 'own', tag: `c0e0${process.pid.toString(16)}` });
  await using listening = await resourceEvents.listen(host, AbortSignal.timeout(20_000));
  const crash = async (signal: string): Promise<void> => {
    const child = spawn('/usr/bin/perl', ['-e', `kill ${signal}, $$; sleep 5`], { stdio: 'ignore' });
    await once(child, 'exit');
  };
  const acting = (async () => {
    await crash('TERM');
    for (let time = 0; time < 3; time += 1) await crash('SEGV');
  })();
  const rows: ResourceRow[] = [];
  for await (const batch of listening.events) {
    for (const { row } of batch) if (row?.['exe'] === '/usr/bin/perl') rows.push(row as ResourceRow);
    if (rows.length >= 3) break;
  }
  await acting;
  assert.deepEqual(
    rows.map(({ kind, what, times, grave }) => [kind, what, times, grave]),
    [
      ['crash', 'SIGSEGV', 1, false],
      ['crash', 'SIGSEGV', 2, false],
      ['crash', 'SIGSEGV', 3, true],
    ],
  );
  const look = await sensor.look(host, AbortSignal.timeout(10_000));
  assert.ok(look.rows.some(({ kind, times }) => kind === 'crash' && times === 3));
});

test('what ends for lack of memory is told as that', () => {
  const host = { ...fakeHost(), scope: 'all' as const };
  const victim = fakeProcess({ pid: 9, exe: '/usr/sbin/mysqld', comm: 'mysqld' });
  const told = resourceTranslator(host)({
    kind: 'out-of-memory',
    timeMs: 1,
    pid: 9,
    process: victim,
    namespace: 1,
    family: '',
    protocol: '',
    address: '',
    port: 0,
  });
  assert.deepEqual([told?.row?.kind, told?.row?.exe, told?.row?.grave], ['out of memory', '/usr/sbin/mysqld', true]);
});

test('a program that crashed and is gone is known by its file, not by the link that started it', () => {
  const host = { ...fakeHost(), scope: 'all' as const };
  const links = new Map([['/usr/bin/python3', 'python3.11']]);
  Object.assign(host, {
    files: { ...host.files, readlink: (path: string) => links.get(path) ?? { error: 'EINVAL', path } },
  });
  const told = resourceTranslator(host)({
    kind: 'crash',
    timeMs: 1,
    pid: 9,
    process: fakeProcess({ pid: 9, exe: '/usr/bin/python3', comm: 'python3', asStarted: true }),
    namespace: 1,
    family: '',
    protocol: '',
    address: '',
    port: 0,
    signal: 11,
  });
  assert.equal(told?.row?.exe, '/usr/bin/python3.11');
});
