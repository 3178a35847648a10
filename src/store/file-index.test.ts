import assert from 'node:assert/strict';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { makeTemp } from '../../test/lab/temp.ts';
import { openFileIndex } from './file-index.ts';

const shipped = (name: string, md5 = 'a'.repeat(32)) => ({ folder: '/usr/bin', name, md5, conffile: false });

test('an upgrade keeps what was read of files that are the same, and forgets those that are gone', () => {
  using index = openFileIndex('', 'nothing');
  index.putList('x:amd64', '1', [shipped('a'), shipped('b'), shipped('c')]);
  for (const file of index.folder('/usr/bin').values())
    index.put('/usr/bin', { ...file, stamp: '1 2 3', rights: '755 0 0' });
  index.putList('x:amd64', '2', [shipped('a'), shipped('b', 'b'.repeat(32))]);
  const files = index.folder('/usr/bin');
  assert.deepEqual([...files.keys()], ['a', 'b']);
  assert.deepEqual([files.get('a')?.stamp, files.get('a')?.rights], ['1 2 3', '']);
  assert.equal(files.get('b')?.stamp, '');
  assert.equal(index.lists().get('x:amd64'), '2');
  index.dropList('x:amd64');
  assert.equal(index.shipped(), 0);
});

test('only what deviates is listed, with its folder and package', () => {
  using index = openFileIndex('', 'nothing');
  index.putList('x', '1', [shipped('a'), shipped('b')]);
  const a = index.file('/usr/bin', 'a');
  assert.ok(a !== undefined);
  index.put('/usr/bin', { ...a, verdict: 'altered:ff' });
  assert.deepEqual(
    index.deviations().map(({ folder, name, list, verdict }) => [folder, name, list, verdict]),
    [['/usr/bin', 'a', 'x', 'altered:ff']],
  );
  assert.ok(index.hasBelow('/usr') && index.hasBelow('/usr/bin') && !index.hasBelow('/usr/b'));
  assert.deepEqual(index.unwalked(1), ['/usr/bin']);
  index.walked('/usr/bin', 1);
  assert.deepEqual(index.unwalked(1), []);
});

test('texts are kept up to a bound', () => {
  using index = openFileIndex('', 'nothing');
  assert.ok(index.putSnapshot('/etc/a', 's1', 'one'));
  assert.ok(index.putSnapshot('/etc/a', 's2', 'two'));
  assert.deepEqual(index.snapshot('/etc/a'), { sha256: 's2', text: 'two' });
  assert.ok(!index.putSnapshot('/etc/b', 's3', 'x'.repeat(33 << 20)));
  assert.equal(index.snapshotOf('/etc/b'), '');
});

test('the file is for root only, survives, and is made anew when it is damaged; a reader gets a copy', async () => {
  await using temp = await makeTemp();
  const path = join(temp.path, 'files.db');
  {
    using index = openFileIndex(temp.path, 'write');
    index.putList('x', '1', [shipped('a')]);
    index.setOdd('/tmp/x', true);
  }
  assert.equal(statSync(path).mode & 0o777, 0o600);
  {
    using copy = openFileIndex(temp.path, 'read');
    assert.equal(copy.shipped(), 1);
    copy.setOdd('/tmp/y', true);
  }
  {
    using index = openFileIndex(temp.path, 'write');
    assert.deepEqual([...index.odd()], ['/tmp/x']);
  }
  writeFileSync(path, 'no database at all, but long enough to be taken for one'.repeat(100));
  using anew = openFileIndex(temp.path, 'write');
  assert.equal(anew.shipped(), 0);
});
