/** `telltale rotate` and `telltale logrotate` from bin/telltale, in a folder of the test's own. */

import assert from 'node:assert/strict';
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { makeTemp } from '#test/lab/temp.ts';

const telltale = resolve(import.meta.dirname, '../../bin/telltale');

function run(...args: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync(telltale, args, { cwd: '/', encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } });
}

function build(folder: string): { readonly conf: string; readonly state: string } {
  const conf = join(folder, 'conf');
  const state = join(folder, 'state');
  mkdirSync(join(folder, 'log'));
  for (const name of ['old.log', 'new.log', 'größe.log']) writeFileSync(join(folder, 'log', name), 'a line\n');
  symlinkSync('old.log', join(folder, 'log/link.log'));
  const now = new Date();
  const today = `${now.getFullYear()}-${now.getMonth() + 1}-${now.getDate()}-0:0:0`;
  const rows = [`"${folder}/log/old.log" 2026-1-1-0:0:0`, `"${folder}/log/new.log" ${today}`];
  writeFileSync(state, `logrotate state -- version 2\n${rows.join('\n')}\n`, { mode: 0o640 });
  const text = `${folder}/log/old.log ${folder}/log/new.log ${folder}/log/größe.log ${folder}/log/link.log {
weekly
rotate 3
compress
postrotate
true
endscript
}
${folder}/log/gone.log {
missingok
}
`;
  writeFileSync(conf, text, { mode: 0o644 });
  return { conf, state };
}

function tree(folder: string): readonly string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return names.map((name) => (name === 'log' ? name : `${name}: ${readFileSync(join(folder, name), 'utf8')}`));
}

interface Planned {
  readonly log: string;
  readonly action: string;
  readonly why: string;
  readonly compressed: string;
  readonly scripts: readonly string[];
  readonly from: string;
}

test('rotate plan --json says for each log what and why, changes nothing, and the run does it', async () => {
  await using temp = await makeTemp();
  const { conf, state } = build(temp.path);
  const before = tree(temp.path);
  const ran = run('rotate', 'plan', '--json', '--state', state, conf);
  assert.equal(ran.status, 0, ran.stderr);
  const plan = JSON.parse(ran.stdout) as { v: number; logs: readonly Planned[]; errors: readonly string[] };
  assert.equal(plan.v, 1);
  assert.deepEqual(plan.errors, []);
  const planned = plan.logs.map(({ log, action }) => [log.slice(temp.path.length), action]);
  assert.deepEqual(planned, [
    ['/log/old.log', 'rotate'],
    ['/log/new.log', 'keep'],
    ['/log/größe.log', 'keep'],
    ['/log/link.log', 'skip'],
    ['/log/gone.log', 'missing'],
  ]);
  assert.match(plan.logs[2]?.why ?? '', /first time/);
  assert.match(plan.logs[3]?.why ?? '', /symbolic link/);
  assert.deepEqual(plan.logs[0]?.scripts, ['postrotate']);
  assert.equal(plan.logs[0]?.compressed, 'now');
  assert.equal(plan.logs[0]?.from, `${conf}:1`);
  assert.deepEqual(tree(temp.path), before);
  const rotated = run('logrotate', '-s', state, conf);
  assert.equal(rotated.stdout, '');
  assert.deepEqual(readdirSync(join(temp.path, 'log')).sort(), ['größe.log', 'link.log', 'new.log', 'old.log.1.gz']);
});

test('rotate plan tells mistakes of the configuration, and its exit code says so', async () => {
  await using temp = await makeTemp();
  const conf = join(temp.path, 'conf');
  writeFileSync(conf, `${temp.path}/*.log {\nrotate many\n}\n`, { mode: 0o644 });
  const ran = run('rotate', 'plan', '--json', '--state', join(temp.path, 'state'), conf);
  assert.equal(ran.status, 1);
  const { errors } = JSON.parse(ran.stdout) as { errors: readonly string[] };
  assert.ok(
    errors.some((words) => words.includes('conf:2')),
    ran.stdout,
  );
});

test('rotate doctor --json names the paragraph that matches nothing and says whether it saw all', async () => {
  await using temp = await makeTemp();
  const { conf } = build(temp.path);
  const ran = run('rotate', 'doctor', '--json', conf);
  assert.equal(ran.status, 1, ran.stderr);
  const told = JSON.parse(ran.stdout) as { findings: readonly { kind: string; file: string }[]; complete: boolean };
  const ours = told.findings.filter(({ file }) => file.startsWith(temp.path));
  assert.deepEqual(
    ours.map(({ kind, file }) => [kind, file.slice(temp.path.length)]),
    [['matches-nothing', '/log/gone.log']],
  );
  assert.equal(told.complete, process.getuid?.() === 0);
});

test('logrotate reads its own options: none of ours, and its own exit code for a wrong one', () => {
  const wrong = run('logrotate', '--json');
  assert.equal(wrong.status, 2);
  assert.match(wrong.stderr, /^logrotate: bad argument --json: unknown error$/m);
  assert.match(run('help', 'logrotate').stdout, /--skip-state-lock/);
  assert.match(run('logrotate', '--help').stdout, /--skip-state-lock/);
});

test('rotate verify names what was altered, and says how the record stands', async () => {
  await using temp = await makeTemp();
  const { folder, state } = { folder: temp.path, state: join(temp.path, 'watch') };
  chmodSync(folder, 0o755);
  mkdirSync(state, { mode: 0o700 });
  writeFileSync(join(folder, 'conf'), `${folder}/a.log {\nrotate 3\ncreate\n}\n`, { mode: 0o644 });
  const env = { ...process.env, TELLTALE_STATE_DIR: state, NO_COLOR: '1' };
  const telltaleIn = (...args: readonly string[]) => spawnSync(telltale, args, { cwd: folder, encoding: 'utf8', env });
  assert.match(telltaleIn('rotate', 'verify').stdout, /^No rotated log is on record here\.$/m);
  for (const text of ['one\n', 'two\n']) {
    writeFileSync(join(folder, 'a.log'), text);
    assert.equal(telltaleIn('logrotate', '-f', '-s', join(folder, 'status'), join(folder, 'conf')).stderr, '');
  }
  const whole = telltaleIn('rotate', 'verify');
  assert.match(
    whole.stdout,
    /^2 of 2 rotated logs are as sealed\.\nThe record is whole: 2 steps, head 2 [0-9a-f]{16}\.$/m,
  );
  assert.equal(whole.status, 0);
  writeFileSync(join(folder, 'a.log.2'), 'eno\n');
  const altered = telltaleIn('rotate', 'verify', 'a.log');
  assert.match(altered.stdout, /^altered\t.*\/a\.log\.2\tits first 4 bytes are not those that were sealed\t/m);
  assert.equal(altered.status, 1);
  const record = join(state, 'rotations.jsonl');
  writeFileSync(record, readFileSync(record, 'utf8').replace('"sizeBytes":4', '"sizeBytes":3'));
  assert.match(telltaleIn('rotate', 'verify').stdout, /^The record was altered: line 2 of /m);
  assert.equal(telltaleIn('rotate', 'verify', '--in', '/nonexistent').status, 66);
});

test('logrotate with nothing due loads nothing that rotates, and no streams', async () => {
  await using temp = await makeTemp();
  const config = join(temp.path, 'conf');
  writeFileSync(join(temp.path, 'a.log'), 'x');
  writeFileSync(config, `${temp.path}/a.log {\nsize 1M\n}\n`, { mode: 0o644 });
  const program = `
    const before = new Set(process.moduleLoadList);
    process.argv = [process.argv[0], 'main.ts', 'logrotate', '-s', '${temp.path}/state', '${config}'];
    await import('${resolve(import.meta.dirname, '../../src/main.ts')}');
    const after = process.moduleLoadList.filter((name) => !before.has(name));
    process.getBuiltinModule('node:fs').writeSync(1, after.join('\\n'));`;
  const run = () => spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  // The first run writes the state, for which it starts flock(1).
  run();
  const done = run();
  assert.equal(done.status, 0, done.stderr);
  assert.doesNotMatch(done.stdout, /internal\/streams|NativeModule net$|child_process|fs\/promises/m);
});

test('logrotate starts without commander', () => {
  const program = `
    import { registerHooks } from 'node:module';
    const seen = [];
    registerHooks({ load: (url, context, next) => { seen.push(url); return next(url, context); } });
    process.argv = [process.argv[0], 'main.ts', 'logrotate', '--usage'];
    await import('${resolve(import.meta.dirname, '../../src/main.ts')}');
    process.stderr.write('loaded: ' + seen.join(' '));`;
  const done = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  const loaded = /loaded: (.*)$/.exec(done.stderr)?.[1] ?? '';
  assert.match(loaded, /logs\/rotate\/logrotate\.ts/);
  assert.doesNotMatch(loaded, /node_modules|src\/cli\/(?!logrotate\.ts)/);
});
