import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { makeTemp } from '#test/lab/temp.ts';
import { logrotate } from './logrotate.ts';
import { RECORD, readRecords, recorder } from './record.ts';
import { verifyFiles } from './verify.ts';

const DAY_MS = 86_400_000;

/** A folder with one log, rotated as `body` says once a day. */
async function place(body: string, log = 'a.log') {
  const temp = await makeTemp();
  const folder = temp.path;
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, 'log'), { mode: 0o755 });
  mkdirSync(join(folder, 'old'), { mode: 0o755 });
  mkdirSync(join(folder, 'state'), { mode: 0o700 });
  const conf = join(folder, 'conf');
  writeFileSync(conf, `${folder}/log/${log} {\n${body}\n}\n`, { mode: 0o644 });
  const told: string[] = [];
  const onSteps = recorder(join(folder, 'state'), 'test', (words) => told.push(words));
  let nowMs = new Date(2026, 10, 1, 12).getTime();
  const rotate = async (content: string): Promise<void> => {
    writeFileSync(join(folder, 'log', log), content);
    nowMs += DAY_MS;
    const code = await logrotate(['-f', '-s', join(folder, 'status'), conf], { nowMs, onSteps });
    assert.equal(code, 0);
  };
  const verdicts = async (folder2?: string): Promise<readonly string[]> => {
    const { rows, rejects, broken } = readRecords(join(folder, 'state'));
    assert.deepEqual([rejects, broken, told], [[], undefined, []]);
    const files = await verifyFiles(rows, { logs: [], folder: folder2 });
    return files.map(({ verdict, file }) => `${verdict} ${file.replace(`${folder}/`, '')}`);
  };
  const at = (path: string): string => join(folder, path);
  return { folder, rotate, verdicts, at, [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose]() };
}

const forms: readonly (readonly [string, string])[] = [
  ['numbers', 'rotate 3\ncreate'],
  ['numbers, compressed', 'rotate 3\ncompress\ncreate'],
  ['numbers, compressed later', 'rotate 3\ncompress\ndelaycompress\ncreate'],
  ['dates', 'rotate 3\ndateext\ncreate'],
  ['dates, compressed later, in a folder of their own', 'rotate 3\ndateext\ncompress\ndelaycompress\nolddir ../old'],
  ['another program', 'rotate 3\ncompress\ncompresscmd /usr/bin/xz\ncreate'],
  ['copytruncate', 'rotate 3\ncopytruncate\ncompress'],
  ['a copy', 'rotate 3\ncopy'],
  ['renamecopy', 'rotate 3\nrenamecopy\ncreate\ncompress'],
  ['an extension, from 0', 'rotate 3\nstart 0\nextension .log\ncompress\ndelaycompress\ncreate'],
  ['without end', 'rotate -1\ncreate'],
];

for (const [name, body] of forms) {
  test(`rotated logs keep their seals: ${name}`, async () => {
    await using here = await place(body);
    for (let day = 1; day <= 5; day += 1) await here.rotate(`day ${day}\n`.repeat(day));
    const found = await here.verdicts();
    assert.equal(found.length, name === 'without end' ? 5 : 3, found.join());
    assert.deepEqual([...new Set(found.map((one) => one.split(' ')[0]))], ['intact'], found.join());
  });
}

test('what was altered, is missing, or was put there is named, and nothing else', async () => {
  await using here = await place('rotate 5\ncompress\ndelaycompress\ncreate');
  for (let day = 1; day <= 5; day += 1) await here.rotate(`day ${day}\nfrom 192.0.2.7\n`);
  const packed = here.at('log/a.log.3.gz');
  writeFileSync(packed, gzipSync(gunzipSync(readFileSync(packed)).toString().replace('192.0.2.7', '192.0.2.8')));
  utimesSync(packed, 1e9, 1e9);
  rmSync(here.at('log/a.log.4.gz'));
  writeFileSync(here.at('log/a.log.2'), 'put there');
  const found = await here.verdicts();
  assert.deepEqual(found.toSorted(), [
    'altered log/a.log.2',
    'altered log/a.log.3.gz',
    'intact log/a.log.1',
    'intact log/a.log.5.gz',
    'missing log/a.log.4',
    'unknown log/a.log.2.gz',
  ]);
  assert.equal(found[0]?.split(' ')[0], 'altered');
});

test('what somebody took away is missing until it would have been removed', async () => {
  await using here = await place('rotate 2\ncreate');
  await here.rotate('one\n');
  rmSync(here.at('log/a.log.1'));
  await here.rotate('two\n');
  assert.deepEqual(await here.verdicts(), ['missing log/a.log.2', 'intact log/a.log.1']);
  await here.rotate('three\n');
  assert.deepEqual(await here.verdicts(), ['intact log/a.log.2', 'intact log/a.log.1']);
});

test('lines that came after the seal are no change, a shorter log is', async () => {
  await using here = await place('rotate 5\ncreate');
  await here.rotate('one\n');
  await here.rotate('two\n');
  appendFileSync(here.at('log/a.log.1'), 'a late line\n');
  writeFileSync(here.at('log/a.log.2'), 'on');
  assert.deepEqual(await here.verdicts(), ['altered log/a.log.2', 'continued log/a.log.1']);
});

test('a log that was changed before it was compressed does not get a new life with its new seal', async () => {
  await using here = await place('rotate 5\ncompress\ndelaycompress\ncreate');
  await here.rotate('one\n');
  writeFileSync(here.at('log/a.log.1'), 'eno\n');
  await here.rotate('two\n');
  assert.deepEqual(await here.verdicts(), ['altered log/a.log.2.gz', 'intact log/a.log.1']);
});

test('logs of before the record are left alone; a file among those on record is not', async () => {
  await using here = await place('rotate 9\ncreate');
  writeFileSync(here.at('log/a.log.1'), 'of before\n');
  writeFileSync(here.at('log/a.log.2'), 'of long before\n');
  await here.rotate('one\n');
  await here.rotate('two\n');
  assert.deepEqual(await here.verdicts(), ['intact log/a.log.2', 'intact log/a.log.1']);
  renameSync(here.at('log/a.log.1'), here.at('log/a.log.0'));
  assert.deepEqual(await here.verdicts(), ['missing log/a.log.1', 'unknown log/a.log.0', 'intact log/a.log.2']);
});

test('an archive in another folder, in another compression, has the seals as well', async () => {
  await using here = await place('rotate 9\ndateext\ncompress\ncreate');
  await here.rotate('one\n');
  await here.rotate('two\n');
  for (const name of readdirSync(here.at('log')).filter((name) => name.endsWith('.gz'))) {
    renameSync(here.at(`log/${name}`), here.at(`old/${name}`));
    assert.equal(spawnSync('/bin/gunzip', [here.at(`old/${name}`)]).status, 0);
  }
  assert.equal((await here.verdicts())[0]?.split(' ')[0], 'missing');
  assert.deepEqual(await here.verdicts(here.at('old')), ['intact old/a.log-20261102', 'intact old/a.log-20261103']);
});

test('a line of the record that was changed, taken out or put in is where the chain breaks', async () => {
  await using here = await place('rotate 9\ncreate');
  for (const text of ['one\n', 'two\n', 'three\n']) await here.rotate(text);
  const path = here.at(`state/${RECORD}`);
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  const brokenAt = (text: string): number | undefined => {
    writeFileSync(path, text);
    return readRecords(here.at('state')).broken?.line;
  };
  assert.equal(brokenAt(`${lines.join('\n')}\n`), undefined);
  assert.equal(brokenAt(`${[lines[0], lines[2]].join('\n')}\n`), 2);
  assert.equal(brokenAt(`${lines.join('\n').replace(/"sizeBytes":4/, '"sizeBytes":5')}\n`), 2);
  assert.equal(brokenAt(`${lines.slice(1).join('\n')}\n`), 1);
  assert.equal(brokenAt(`${[lines[0], lines[0], lines[1]].join('\n')}\n`), 2);
});

test('a line that a crash has cut stays as it is, and the chain goes on behind it', async () => {
  await using here = await place('rotate 9\ncreate');
  await here.rotate('one\n');
  appendFileSync(here.at(`state/${RECORD}`), '{"v":2,"seq":2,"pr');
  await here.rotate('two\n');
  const { rows, rejects, broken } = readRecords(here.at('state'));
  assert.deepEqual([rows.length, rejects.length, broken], [2, 1, undefined]);
});

test('runs that record at the same moment do not tear the chain', async () => {
  await using here = await place('rotate 9\ncreate');
  const script = `
    const { recorder } = await import(${JSON.stringify(new URL('./record.ts', import.meta.url).href)});
    const record = recorder(process.argv[1], 'test', (words) => { throw new Error(words); });
    while (Date.now() < Number(process.argv[2]));
    for (let round = 0; round < 50; round += 1) record([{ step: 'removed', log: '/a', path: '/a.9', timeMs: 1 }]);`;
  const args = [
    '--disable-warning=ExperimentalWarning',
    '--input-type=module',
    '-e',
    script,
    here.at('state'),
    String(Date.now() + 1000),
  ];
  const codes = await Promise.all(
    Array.from(
      { length: 4 },
      () => new Promise((done) => spawn(process.execPath, args, { stdio: 'inherit' }).once('close', done)),
    ),
  );
  assert.deepEqual(codes, [0, 0, 0, 0]);
  const { rows, broken, head } = readRecords(here.at('state'));
  assert.deepEqual([rows.length, broken, head.seq], [200, undefined, 200]);
});
