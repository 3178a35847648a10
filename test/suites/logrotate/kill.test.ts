/**
 * Killed before any call that changes a file: the next run leaves exactly what an undisturbed run leaves. What is done to
 * the second log was done to the first: of that half every fourth call is tried, with KILL_EVERYWHERE=1 each of them.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { needsRoot } from '../../lab/skip.ts';
import { makeTemp } from '../../lab/temp.ts';

const root = resolve(import.meta.dirname, '../../..');
const entry = join(root, 'src/main.ts');
const killer = join(import.meta.dirname, 'kill-at.ts');

const step = process.env['KILL_EVERYWHERE'] === '1' ? 1 : 4;

/** Settings of the block, and what the tree has besides. */
const scenarios: readonly { readonly name: string; readonly body: string; readonly ext?: string }[] = [
  { name: 'rename and create', body: 'rotate 4\ncreate' },
  { name: 'the oldest goes', body: 'rotate 3\ncreate' },
  { name: 'compress', body: 'rotate 4\ncompress\ncreate', ext: '.gz' },
  {
    name: 'compress by another program',
    body: 'rotate 4\ncompress\ncreate\ncompresscmd /bin/cat\ncompressext .cat',
    ext: '.cat',
  },
  { name: 'delaycompress', body: 'rotate 4\ncompress\ndelaycompress\ncreate', ext: 'delay' },
  { name: 'dateext and compress', body: 'rotate 9\ndateext\ncompress\ncreate' },
  { name: 'copytruncate', body: 'rotate 4\ncopytruncate' },
  { name: 'copytruncate and compress', body: 'rotate 4\ncopytruncate\ncompress', ext: '.gz' },
  { name: 'copy', body: 'rotate 4\ncopy' },
  { name: 'renamecopy', body: 'rotate 4\nrenamecopy\ncreate\ncompress', ext: '.gz' },
  { name: 'olddir', body: 'rotate 4\nolddir old\ncreateolddir 755 root root\ncreate' },
  { name: 'postrotate', body: 'rotate 4\ncreate\npostrotate\ntouch "$1.ran"\nendscript' },
  {
    name: 'shared scripts',
    body: 'rotate 4\ncreate\ncompress\nsharedscripts\npostrotate\ntrue\nendscript',
    ext: '.gz',
  },
];

function build(folder: string, body: string, ext = ''): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'log'), { recursive: true, mode: 0o755 });
  let state = 'logrotate state -- version 2\n';
  for (const log of ['a', 'b']) {
    writeFileSync(join(folder, `log/${log}.log`), `live ${log}\n`);
    state += `"${folder}/log/${log}.log" 2026-1-1-0:0:0\n`;
    for (const old of [1, 2, 3]) {
      const packed = ext === 'delay' ? (old > 1 ? '.gz' : '') : ext;
      const text = `old ${log} ${old}\n`;
      const bytes = packed === '.gz' ? spawnSync('gzip', ['-nc'], { input: text }).stdout : text;
      const path = join(folder, `log/${log}.log.${old}${packed}`);
      writeFileSync(path, bytes);
      utimesSync(path, 1e9, 1e9);
    }
  }
  writeFileSync(join(folder, 'state'), state, { mode: 0o640 });
  writeFileSync(join(folder, 'conf'), `${folder}/log/*.log {\nweekly\n${body}\n}\n`, { mode: 0o644 });
}

function rotate(
  folder: string,
  killAt: number | undefined,
  count?: string,
): { readonly code: number | null; readonly words: string } {
  const preload = killAt === undefined && count === undefined ? [] : ['--import', killer];
  // As bin/node does it: the test starts the program some thousand times.
  const cache = join(root, 'node_modules/.cache/telltale-compile');
  const env = {
    ...process.env,
    NODE_COMPILE_CACHE: cache,
    KILL_AT: String(killAt ?? 0),
    ...(count === undefined ? {} : { KILL_COUNT: count }),
  };
  const args = [
    '--disable-warning=ExperimentalWarning',
    ...preload,
    entry,
    'logrotate',
    '-s',
    join(folder, 'state'),
    join(folder, 'conf'),
  ];
  const done = spawnSync(process.execPath, args, { env, encoding: 'latin1', cwd: folder });
  return { code: done.status, words: done.stderr };
}

/** Every file with its text; the state without its time of day. */
function tree(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .filter((name) => lstatSync(join(folder, name)).isFile())
    .map((name) => {
      const bytes = readFileSync(join(folder, name));
      const text = (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString();
      return `${name}: ${
        name === 'state'
          ? text
              .replace(/-\d+:\d+:\d+$/gm, '')
              .split('\n')
              .sort()
              .join()
          : text
      }`;
    });
}

describe('a killed rotation', { skip: needsRoot() }, () => {
  for (const { name, body, ext } of scenarios) {
    test(name, async (context) => {
      await using temp = await makeTemp();
      const folder = join(temp.path, 'w');
      const count = join(temp.path, 'count');
      build(folder, body, ext);
      assert.equal(rotate(folder, undefined, count).code, 0);
      const whole = tree(folder);
      const calls = Number(readFileSync(count, 'utf8'));
      assert.ok(calls > 15, `only ${calls} calls were counted`);
      for (let at = 1; at <= calls; at += at < calls / 2 ? 1 : step) {
        build(folder, body, ext);
        const killed = rotate(folder, at);
        if (killed.code !== null) continue;
        const again = rotate(folder, undefined);
        assert.equal(again.code, 0, `killed at call ${at} of ${calls}: ${again.words}`);
        assert.deepEqual(tree(folder), whole, `killed at call ${at} of ${calls}: ${again.words}`);
        assert.equal(existsSync(join(folder, 'state.telltale-journal')), false);
      }
      context.diagnostic(`${calls} calls`);
    });
  }
});
