/**
 * What a power failure may leave depends on what was synced before what: a file system keeps the order of renames, not
 * that of data, and nothing between two file systems.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { needsRoot } from '../../lab/skip.ts';
import { makeTemp } from '../../lab/temp.ts';

const root = resolve(import.meta.dirname, '../../..');

/** Syncs, renames, truncations and removals of a forced run, in their order. */
async function calls(body: string): Promise<readonly string[]> {
  await using temp = await makeTemp();
  const folder = temp.path;
  chmodSync(folder, 0o755);
  for (const name of ['log', 'old']) mkdirSync(join(folder, name), { mode: 0o755 });
  writeFileSync(join(folder, 'log/a.log'), 'one\n');
  writeFileSync(join(folder, 'log/a.log.1'), 'old\n');
  writeFileSync(join(folder, 'conf'), `${folder}/log/a.log {\n${body}\n}\n`, { mode: 0o644 });
  const args = ['--import', join(import.meta.dirname, 'log-calls.ts'), join(root, 'src/main.ts'), 'logrotate', '-f'];
  const done = spawnSync(process.execPath, [...args, '-s', join(folder, 'state'), join(folder, 'conf')], {
    env: { ...process.env, CALLS: join(folder, 'calls') },
    encoding: 'utf8',
  });
  assert.equal(done.status, 0, done.stderr);
  return readFileSync(join(folder, 'calls'), 'utf8').split('\n');
}

function inOrder(all: readonly string[], wanted: readonly string[]): void {
  let from = 0;
  for (const call of wanted) {
    const at = all.indexOf(call, from);
    assert.ok(
      at >= 0,
      `"${call}" does not come behind ${wanted.slice(0, wanted.indexOf(call)).join(', ')}: ${all.join(', ')}`,
    );
    from = at + 1;
  }
}

test('what is going to be renamed is on the disk before it is', { skip: needsRoot() }, async () => {
  inOrder(await calls('rotate 3\ncreate'), [
    'fsync state.telltale-journal',
    'rename a.log.1 a.log.2',
    'rename a.log a.log.1',
    'fsync state.tmp',
    'rename state.tmp state',
    'unlink state.telltale-journal',
  ]);
});

test('a log is emptied when its copy is on the disk and has its name', { skip: needsRoot() }, async () => {
  inOrder(await calls('rotate 3\ncopytruncate\nolddir ../old'), [
    'fsync a.log.1.telltale-part',
    'rename a.log.1.telltale-part a.log.1',
    'fsync old',
    'ftruncate a.log',
  ]);
});

test('a log goes when its compressed form is on the disk', { skip: needsRoot() }, async () => {
  inOrder(await calls('rotate 3\ncompress'), [
    'fsync a.log.1.gz.telltale-part',
    'rename a.log.1.gz.telltale-part a.log.1.gz',
    'unlink a.log.1',
  ]);
});
