import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { calm, openChannel } from '#test/lab/channel.ts';
import { hostileAlert, makeNotice } from '#test/lab/notices.ts';
import { needsRoot } from '#test/lab/skip.ts';
import { makeTemp } from '#test/lab/temp.ts';
import { AlertLog } from './alert-log.ts';
import file from './file.ts';

const run = promisify(execFile);
const seqs = (path: string): number[] =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { seq: number }).seq);

test('each alert is one line of JSON in a file of mode 0640, whatever the umask and the text', async () => {
  await using dir = await makeTemp();
  const path = join(dir.path, 'new/folder/alerts.jsonl');
  const umask = process.umask(0o077);
  try {
    await using channel = await openChannel(file, { path });
    await channel.send(makeNotice([hostileAlert()], { seq: 1 }), calm);
    await channel.send(makeNotice(undefined, { seq: 2, update: true }), calm);
  } finally {
    process.umask(umask);
  }
  assert.deepEqual(seqs(path), [1, 2]);
  assert.equal(statSync(path).mode & 0o777, 0o640);
});

test('lines are appended to what stands there, also after the file was renamed, removed or truncated', async () => {
  await using dir = await makeTemp();
  const path = join(dir.path, 'alerts.jsonl');
  writeFileSync(path, '{"seq":0}\n');
  await using channel = await openChannel(file, { path });
  const send = (seq: number): Promise<void> => channel.send(makeNotice(undefined, { seq }), calm);
  await send(1);
  renameSync(path, `${path}.1`);
  await send(2);
  rmSync(path);
  await send(3);
  // copytruncate of logrotate.
  copyFileSync(path, `${path}.2`);
  truncateSync(path, 0);
  await send(4);
  assert.deepEqual(seqs(`${path}.1`), [0, 1]);
  assert.deepEqual(seqs(`${path}.2`), [3]);
  assert.deepEqual(seqs(path), [4]);
});

test('a symbolic link is refused, at the start and when it is planted later, and its target stays as it is', async () => {
  await using dir = await makeTemp();
  const path = join(dir.path, 'alerts.jsonl');
  const target = join(dir.path, 'target');
  writeFileSync(target, 'precious\n');
  await using channel = await openChannel(file, { path });
  await channel.send(makeNotice(), calm);
  rmSync(path);
  symlinkSync(target, path);
  await assert.rejects(channel.send(makeNotice(), calm), /Cannot open the alert file ".*": ELOOP .*symbolic link/);
  rmSync(path);
  symlinkSync(join(dir.path, 'not-there'), path);
  await assert.rejects(channel.send(makeNotice(), calm), /ELOOP/);
  assert.equal(readFileSync(target, 'utf8'), 'precious\n');
  assert.equal(existsSync(join(dir.path, 'not-there')), false);
  rmSync(path);
  await channel.send(makeNotice(undefined, { seq: 9 }), calm);
  assert.deepEqual(seqs(path), [9]);
});

test("someone else's file, a second name in an open folder, a device and a folder are refused", {
  skip: needsRoot(),
}, async () => {
  await using dir = await makeTemp();
  const foreign = join(dir.path, 'foreign');
  writeFileSync(foreign, '');
  chownSync(foreign, 65_534, 65_534);
  const open = join(dir.path, 'open');
  mkdirSync(open);
  await run('/usr/bin/chmod', ['1777', open]);
  writeFileSync(join(dir.path, 'precious'), '');
  linkSync(join(dir.path, 'precious'), join(open, 'linked'));
  const cases: readonly (readonly [string, RegExp])[] = [
    [foreign, /belongs to uid 65534/],
    [join(open, 'linked'), /second name/],
    ['/dev/null', /neither a file nor a FIFO/],
    [dir.path, /EISDIR/],
  ];
  for (const [path, why] of cases) {
    await using channel = await openChannel(file, { path });
    await assert.rejects(channel.send(makeNotice(), calm), why);
  }
  assert.equal(readFileSync(join(dir.path, 'precious'), 'utf8'), '');
});

test('a FIFO is refused while nobody reads it, and gets whole lines when someone does', async () => {
  await using dir = await makeTemp();
  const path = join(dir.path, 'fifo');
  await run('/usr/bin/mkfifo', [path]);
  await using channel = await openChannel(file, { path });
  await assert.rejects(channel.send(makeNotice(), calm), /ENXIO .*nobody reads/);
  const reader = spawn('/usr/bin/cat', [path], { stdio: ['ignore', 'pipe', 'inherit'] });
  let got = '';
  reader.stdout.on('data', (chunk: Buffer) => (got += chunk.toString()));
  await once(reader, 'spawn');
  for (let tries = 0; tries < 200; tries += 1) {
    try {
      await channel.send(makeNotice(undefined, { seq: 5 }), calm);
      break;
    } catch (error) {
      assert.match(String(error), /ENXIO/);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
  // Longer than PIPE_BUF, and than a pipe holds: it is written in parts while the reader reads.
  await channel.send(makeNotice([hostileAlert('x'.repeat(60_000))], { seq: 6 }), calm);
  await channel[Symbol.asyncDispose]();
  await once(reader, 'close');
  const lines = got.trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { seq: number }).seq),
    [5, 6],
  );
});

test('a line that a crash cut short is ended before the next one', async () => {
  await using dir = await makeTemp();
  const path = join(dir.path, 'alerts.jsonl');
  writeFileSync(path, '{"seq":1}\n{"seq":2,"ti');
  await using channel = await openChannel(file, { path });
  await channel.send(makeNotice(undefined, { seq: 3 }), calm);
  const lines = readFileSync(path, 'utf8').split('\n');
  assert.deepEqual([lines[0], lines[1]], ['{"seq":1}', '{"seq":2,"ti']);
  assert.equal((JSON.parse(lines[2] ?? '') as { seq: number }).seq, 3);
});

/** In its own mount namespace: a tmpfs of one page, filled by the log itself, then made greater. */
const FULL_DISK = `
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { AlertLog } from ${JSON.stringify(join(import.meta.dirname, 'alert-log.ts'))};
const [folder] = process.argv.slice(2);
execFileSync('/usr/bin/mount', ['-t', 'tmpfs', '-o', 'size=8k', 'telltale-test', folder]);
const log = new AlertLog(folder + '/alerts.jsonl');
const signal = new AbortController().signal;
const line = (n) => JSON.stringify({ n, text: 'x'.repeat(3000) });
const said = [];
let n = 0;
for (; said.length < 3; n += said.length === 0 ? 1 : 0)
  await log.append(line(n), signal).catch((error) => said.push(error.message));
execFileSync('/usr/bin/mount', ['-o', 'remount,size=1m', folder]);
await log.append(line(n), signal);
await log.append(line(n + 1), signal);
const lines = readFileSync(folder + '/alerts.jsonl', 'utf8').trimEnd().split('\\n').map((text) => JSON.parse(text).n);
console.log(JSON.stringify({ said, lines, n }));
`;

test('a full disk fails with the reason, and the line that was cut is completed once, when there is room', {
  skip: needsRoot(),
}, async () => {
  await using dir = await makeTemp();
  const script = join(dir.path, 'full.ts');
  const folder = join(dir.path, 'small');
  mkdirSync(folder);
  writeFileSync(script, FULL_DISK);
  const { stdout } = await run('/usr/bin/unshare', ['--mount', '--', process.execPath, script, folder]);
  const { said, lines, n } = JSON.parse(stdout) as { said: string[]; lines: number[]; n: number };
  assert.equal(said.length, 3);
  for (const words of said) assert.match(words, /ENOSPC \(the disk is full\)\. Make room/);
  assert.deepEqual(
    lines,
    Array.from({ length: n + 2 }, (_, index) => index),
  );
});

test('a log that was disposed of leaves no descriptor open', async () => {
  await using dir = await makeTemp();
  const path = join(dir.path, 'alerts.jsonl');
  const log = new AlertLog(path);
  await log.append('{}', calm);
  log[Symbol.dispose]();
  log[Symbol.dispose]();
  await log.append('{}', calm);
  log[Symbol.dispose]();
  assert.equal(readFileSync(path, 'utf8'), '{}\n{}\n');
});

test('how each line leaves the file is noted, so that whoever takes one out is noticed', async () => {
  await using dir = await makeTemp();
  const path = join(dir.path, 'alerts.jsonl');
  const appended = new Map<string, { inode: number; sizeBytes: number }>();
  using log = new AlertLog(path, appended);
  for (const line of ['one', 'two']) {
    await log.append(line, calm);
    const { ino, size } = statSync(path);
    assert.deepEqual(appended.get(path), { inode: ino, sizeBytes: size });
  }
});
