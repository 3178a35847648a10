import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { needsRoot } from '#test/lab/skip.ts';
import { makeTemp } from '#test/lab/temp.ts';

const skip = needsRoot();
const module = fileURLToPath(import.meta.resolve('./open-to-read.ts'));

/** What a reader gets of the database in `folder`, which is mounted read-only in a namespace of its own. */
function readMounted(folder: string): { readonly status: number | null; readonly said: string } {
  const code = `import { openToRead } from ${JSON.stringify(module)};
    try { console.log(openToRead(process.argv[1]).prepare('SELECT * FROM t').get().a); }
    catch (error) { console.log(error.code, error.message); process.exitCode = 1; }`;
  const script =
    'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && exec "$2" --input-type=module -e "$3" "$1/x.db"';
  const ran = spawnSync('/usr/bin/unshare', ['-m', 'sh', '-c', script, 'sh', folder, process.execPath, code], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status: ran.status, said: `${ran.stdout}${ran.stderr}`.trim() };
}

test('a record on a read-only file system is read as it lies there', { skip }, async () => {
  await using temp = await makeTemp();
  const database = new DatabaseSync(`${temp.path}/x.db`);
  database.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (7)');
  database.close();
  assert.deepEqual(readMounted(temp.path), { status: 0, said: '7' });
});

test('where records lie in a log beside it, it says how to read them, and never leaves them out', {
  skip,
}, async () => {
  await using temp = await makeTemp();
  const database = new DatabaseSync(`${temp.path}/x.db`);
  database.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (7)');
  const { status, said } = readMounted(temp.path);
  database.close();
  assert.equal(status, 1);
  assert.match(said, /^NO_STORE Cannot read .*: it was not closed in order.*cp -a /);
});
