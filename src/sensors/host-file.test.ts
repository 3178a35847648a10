import assert from 'node:assert/strict';
import { chmodSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Gap } from '#model/gap.ts';
import { captureFolder } from '../../test/lab/captured-folder.ts';
import { writableBy } from './file-trouble.ts';
import { globFiles } from './glob-files.ts';
import { follow, namesIn, readText, valueOf } from './host-file.ts';

test('readText() parses again when the file changed, and only then', async () => {
  await using folder = await captureFolder({ '/etc/x': 'one', '/etc/link': { link: 'x' } });
  // Long after the change: what was just written is read again in any case.
  const host = { ...folder.host, clock: { ...folder.host.clock, nowMs: () => Date.now() + 3_600_000 } };
  let parsed = 0;
  const parse = (text: string): string => {
    parsed += 1;
    return text;
  };
  const read = (path: string): string => valueOf(readText(host, path, parse), []) ?? 'missing';
  assert.deepEqual([read('/etc/x'), read('/etc/x'), parsed], ['one', 'one', 1]);
  assert.deepEqual([read('/etc/link'), parsed], ['one', 2]);
  folder.write('/etc/x', 'two');
  assert.deepEqual([read('/etc/x'), read('/etc/link'), parsed], ['two', 'two', 4]);
  // A forged mtime changes ctime: it is read again as well.
  utimesSync(join(folder.path, 'etc/x'), 0, 0);
  assert.deepEqual([read('/etc/x'), parsed], ['two', 5]);
  folder.remove('/etc/x');
  assert.equal(read('/etc/x'), 'missing');
});

test('readText() reads again what was written since without a trace in its times, as through a mapping', async () => {
  await using folder = await captureFolder({ '/etc/x': 'one' });
  let nowMs = Date.now() + 3_600_000;
  const touched: number[] = [];
  const host = { ...folder.host, clock: { ...folder.host.clock, nowMs: () => nowMs }, touchedMs: () => touched[0] };
  let parsed = 0;
  const parse = (): number => (parsed += 1);
  readText(host, '/etc/x', parse);
  nowMs += 10;
  touched.push(nowMs);
  nowMs += 10;
  readText(host, '/etc/x', parse);
  readText(host, '/etc/x', parse);
  assert.equal(parsed, 2, 'once for the write');
});

test('readText() trusts no stamp of a file that has just changed', async () => {
  await using folder = await captureFolder({ '/etc/x': 'one' });
  const host = { ...folder.host, clock: { ...folder.host.clock, nowMs: () => Date.now() } };
  let parsed = 0;
  const parse = (): number => (parsed += 1);
  readText(host, '/etc/x', parse);
  readText(host, '/etc/x', parse);
  assert.equal(parsed, 2);
});

test('links are followed, loops end, folders and missing files are no files', async () => {
  await using folder = await captureFolder({
    '/etc/a': { link: 'b' },
    '/etc/b': { link: '../etc/c' },
    '/etc/c': 'text',
    '/etc/loop': { link: 'loop' },
    '/etc/folder': { folder: true, mode: 0o755 },
  });
  const { host } = folder;
  assert.equal((follow(host, '/etc/a') as { path: string }).path, '/etc/c');
  const gaps: Gap[] = [];
  for (const path of ['/etc/loop', '/etc/folder', '/etc/none']) valueOf(readText(host, path, String), gaps);
  assert.deepEqual(gaps, [
    { what: '/etc/loop', why: 'ELOOP' },
    { what: '/etc/folder', why: 'EISDIR' },
  ]);
  assert.deepEqual(namesIn(host, '/etc', gaps), ['a', 'b', 'c', 'folder', 'loop']);
  assert.deepEqual(globFiles(host, '/etc/[ab]'), ['/etc/a', '/etc/b']);
  assert.deepEqual(globFiles(host, '/e*/c'), ['/etc/c']);
});

test('writableBy() says who else may write a file or a folder above it', async () => {
  await using folder = await captureFolder({
    '/a/file': { content: '', mode: 0o644 },
    '/open/.x': '',
    '/open/file': { content: '', mode: 0o644 },
    '/sticky/file': { content: '', mode: 0o644 },
    '/b/file': { content: '', mode: 0o646 },
  });
  chmodSync(join(folder.path, 'open'), 0o777);
  chmodSync(join(folder.path, 'sticky'), 0o1777);
  const say = (path: string, owner = 0): string =>
    writableBy(folder.host, path, owner, path.split('/').slice(0, 2).join('/'));
  assert.deepEqual(
    ['/a/file', '/open/file', '/sticky/file', '/b/file', '/none'].map((path) => say(path)),
    ['', 'everyone may write it: folder /open', '', 'everyone may write it', ''],
  );
});
