import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { isFailure } from '#model/host.ts';
import { makeTemp } from '../../test/lab/temp.ts';
import { openDeepFiles } from './deep-files.ts';
import { openFiles } from './files.ts';

const rest = (): Promise<void> => Promise.resolve();

test('a folder gives every entry once, with what the kernel keeps of it', async () => {
  await using temp = await makeTemp();
  for (let at = 0; at < 2500; at += 1) writeFileSync(join(temp.path, `file-${at}`), '');
  mkdirSync(join(temp.path, 'folder'));
  symlinkSync('nowhere', join(temp.path, 'link'));
  chmodSync(join(temp.path, 'file-7'), 0o4750);
  const deep = openDeepFiles(openFiles(), '/nowhere');
  using folder = deep.open(temp.path) as Exclude<ReturnType<typeof deep.open>, { error: string }>;
  const seen = new Map<string, string>();
  for (let entries = folder.next(); entries.length > 0; entries = folder.next())
    for (const entry of entries) {
      const stat = folder.stat(entry);
      assert.ok(!isFailure(stat));
      seen.set(entry.name, `${stat.type} ${stat.mode.toString(8)} ${entry.folder}`);
    }
  assert.equal(seen.size, 2502);
  assert.equal(seen.get('file-7'), 'file 4750 false');
  assert.equal(seen.get('folder'), 'directory 755 true');
  assert.match(seen.get('link') ?? '', /^symlink .* false$/);
});

test('digests are those of the content, of small and large files alike', async () => {
  await using temp = await makeTemp();
  const deep = openDeepFiles(openFiles(), '/nowhere');
  for (const size of [0, 10, (1 << 20) - 1, 1 << 20, (3 << 20) + 5]) {
    const path = join(temp.path, String(size));
    const content = Buffer.alloc(size, 'telltale');
    writeFileSync(path, content);
    for (const algorithm of ['md5', 'sha256'] as const)
      assert.equal(await deep.digest(path, algorithm, rest), createHash(algorithm).update(content).digest('hex'));
  }
  assert.ok(isFailure(await deep.digest(temp.path, 'md5', rest)), 'a folder has no digest');
});

test('our own databases are never opened, under no name: closing them would drop their locks', async () => {
  await using temp = await makeTemp();
  const state = join(temp.path, 'state');
  mkdirSync(state);
  writeFileSync(join(state, 'telltale.db'), 'database');
  linkSync(join(state, 'telltale.db'), join(temp.path, 'other-name'));
  const deep = openDeepFiles(openFiles(), state);
  for (const path of [join(state, 'telltale.db'), join(temp.path, 'other-name')]) {
    assert.deepEqual(deep.head(path, 4), { error: 'EBUSY', path });
    assert.deepEqual(await deep.digest(path, 'md5', rest), { error: 'EBUSY', path });
  }
});
