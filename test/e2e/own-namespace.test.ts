/** Where only our own network namespace is watched, programs of others are no rows: neither by event nor by look. */

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { makeSite, startDaemon, stop } from '#test/lab/site.ts';
import { needsRoot } from '#test/lab/skip.ts';

const run = promisify(execFile);
const skip = needsRoot();

test('programs of other network namespaces are no rows, however long they live and however they got there', {
  skip,
}, async () => {
  await using site = await makeSite();
  const script = (name: string): string => {
    const path = join(site.temp, `${name}-program`);
    writeFileSync(path, '#!/bin/sh\n[ -z "$1" ] || /usr/bin/sleep "$1"\n', { mode: 0o755 });
    return path;
  };
  const [outside, lasting, inside, moved] = ['outside', 'lasting', 'inside', 'moved'].map(script) as [
    string,
    string,
    string,
    string,
  ];
  const { child } = await startDaemon(site);
  const stays = spawn(lasting, ['60'], { stdio: 'ignore' });
  try {
    for (let round = 0; round < 3; round += 1) {
      await run(outside);
      // Whose namespace cannot be told any more is left out: the shell lives while it is asked about.
      await site.net.run('/usr/bin/sh', ['-c', '/usr/bin/sleep 0.2; "$0"; /usr/bin/sleep 0.2', inside]);
      // Started within, and gone to our own namespace before it starts the program.
      await site.net.run('/usr/bin/nsenter', ['-t', String(process.pid), '-n', moved]);
      await new Promise((done) => setTimeout(done, 300));
    }
    const ran = await programsOf(site);
    assert.ok(!ran.some((path) => /(outside|lasting|moved)-program$/.test(path)), ran.join(', '));
  } finally {
    stays.kill('SIGKILL');
    await stop(child);
  }
});

/**
 * Paths of all programs and scripts that the daemon knows, heard and looked at, once the one within is among them. Command
 * lines are not asked: `nsenter` runs within, and its own names the program that it starts elsewhere.
 */
async function programsOf(site: Awaited<ReturnType<typeof makeSite>>): Promise<string[]> {
  for (let tries = 0; tries < 40; tries += 1) {
    const { stdout, stderr, code } = await site.run('show', 'programs', '--json');
    assert.equal(code, 0, stdout + stderr);
    const { rows } = JSON.parse(stdout) as { rows: { row: Record<'exe' | 'exeNow' | 'script', string> }[] };
    const paths = rows.flatMap(({ row: { exe, exeNow, script } }) => [exe, exeNow, script]);
    if (paths.some((path) => path.endsWith('inside-program'))) return paths;
    await new Promise((done) => setTimeout(done, 500));
  }
  throw new Error('The program that ran within is no row.');
}
