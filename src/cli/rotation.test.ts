import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import test from 'node:test';
import { readRecords } from '#logs/rotate/record.ts';
import { makeTemp } from '#test/lab/temp.ts';
import { RotationLoop } from './rotation.ts';

const main = resolve(import.meta.dirname, '../main.ts');

/** A folder with two logs: one is rotated by its size, one only by time. */
async function place() {
  const temp = await makeTemp();
  const folder = temp.path;
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, 'log'));
  mkdirSync(join(folder, 'state'), { mode: 0o750 });
  const config = join(folder, 'conf');
  const text = `"${folder}/log/size.log" {\nsize 10k\nrotate 2\n}\n"${folder}/log/time.log" {\nmonthly\nrotate 2\n}\n`;
  writeFileSync(config, text, { mode: 0o644 });
  writeFileSync(join(folder, 'log/size.log'), 'x\n');
  writeFileSync(join(folder, 'log/time.log'), 'y\n');
  const said: string[] = [];
  const troubles: string[] = [];
  const loop = new RotationLoop({
    settings: { configs: [config], state: join(folder, 'status'), fullInMs: 6 * 3_600_000 },
    stateDir: join(folder, 'state'),
    log: (line) => said.push(line),
    trouble: (words) => troubles.push(words),
    main,
  });
  const logs = (): string[] => readdirSync(join(folder, 'log')).sort();
  return { folder, config, loop, said, troubles, logs, [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose]() };
}

test('each minute what is due is rotated and recorded, and nothing else', async () => {
  await using at = await place();
  await at.loop.look(Date.now());
  assert.deepEqual(at.logs(), ['size.log', 'time.log']);
  assert.ok(existsSync(join(at.folder, 'status')), 'new logs are written down');
  writeFileSync(join(at.folder, 'log/size.log'), 'x\n'.repeat(6_000));
  await at.loop.look(Date.now());
  assert.deepEqual(at.logs(), ['size.log.1', 'time.log']);
  assert.deepEqual(at.said, ['rotated 1 log']);
  const { rows, rejects, broken } = readRecords(join(at.folder, 'state'));
  assert.deepEqual([rejects, broken], [[], undefined]);
  const records = rows.filter((row) => row.step === 'rotated');
  const shown = records.map(({ log, to, by, sizeBytes, how }) => [log, to, by, sizeBytes, how]);
  const log = join(at.folder, 'log/size.log');
  assert.deepEqual(shown, [[log, `${log}.1`, 'daemon', 12_000, 'rename']]);
  await at.loop.look(Date.now());
  assert.equal(at.said.length, 1);
  assert.ok(at.troubles.every((words) => words === ''));
});

test('a log that would fill its disk is rotated early, once an hour; a failing run is told', async () => {
  await using at = await place();
  const nowMs = Date.now();
  await at.loop.look(nowMs);
  const log = join(at.folder, 'log/time.log');
  // 64 MiB in a millisecond fill any disk within six hours.
  writeFileSync(log, Buffer.alloc(64 << 20));
  await at.loop.look(nowMs + 1);
  assert.deepEqual(at.logs(), ['size.log', 'time.log.1'], at.said.join());
  assert.match(at.said.join('\n'), /rotating ".*time\.log" early: it would fill its disk in \d+ min/);
  assert.match(readFileSync(join(at.folder, 'state/rotations.jsonl'), 'utf8'), /"by":"rotate now".*time\.log/);
  writeFileSync(at.config, `"${at.folder}/log/size.log" {\nsize 10k\nprerotate\nexit 7\nendscript\n}\n`);
  writeFileSync(join(at.folder, 'log/size.log'), 'x\n'.repeat(6_000));
  await at.loop.look(nowMs + 60_000);
  assert.match(at.troubles.at(-1) ?? '', /^1: .*prerotate/s);
});

test('scripts run with the umask that cron gives them, whatever the daemon has', async () => {
  await using at = await place();
  const script = `postrotate\numask > ${at.folder}/umask\nendscript`;
  writeFileSync(at.config, `${at.folder}/log/size.log {\nsize 10\nrotate 1\n${script}\n}\n`);
  await at.loop.look(Date.now());
  writeFileSync(join(at.folder, 'log/size.log'), 'x'.repeat(100));
  const before = process.umask(0o077);
  try {
    await at.loop.look(Date.now());
  } finally {
    process.umask(before);
  }
  assert.equal(readFileSync(join(at.folder, 'umask'), 'utf8'), '0022\n');
});
