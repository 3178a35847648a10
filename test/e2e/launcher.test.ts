/** bin/telltale: finds its own Node through links, from anywhere, whatever the host's `node` is. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { makeTemp } from '#test/lab/temp.ts';

const bin = resolve(import.meta.dirname, '../../bin');

function run(
  file: string,
  args: readonly string[],
  path = process.env['PATH'] ?? '',
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((done) => {
    execFile(file, args, { cwd: '/', env: { ...process.env, PATH: path, NO_COLOR: '1' } }, (error, stdout, stderr) => {
      done({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr });
    });
  });
}

const versionOf = async (file: string, path?: string): Promise<{ node: string }> => {
  const { code, stdout, stderr } = await run(file, ['version', '--json'], path);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as { node: string };
};

test('the bundled Node runs the program and the tests', async () => {
  assert.match(process.version, /^v26\./);
  assert.equal((await versionOf(join(bin, 'telltale'))).node, process.version);
});

test('a chain of relative and absolute links leads to it', async () => {
  await using temp = await makeTemp();
  mkdirSync(join(temp.path, 'a'));
  mkdirSync(join(temp.path, 'b'));
  symlinkSync(join(bin, 'telltale'), join(temp.path, 'a/first'));
  symlinkSync('../a/first', join(temp.path, 'b/second'));
  symlinkSync(relative(temp.path, join(temp.path, 'b/second')), join(temp.path, 'third'));
  symlinkSync(relative(temp.path, join(bin, 'telltale')), join(temp.path, 'relative'));
  for (const name of ['a/first', 'b/second', 'third', 'relative'])
    assert.equal((await versionOf(join(temp.path, name))).node, process.version, name);
});

test('an old or false `node` in the PATH is never run', async () => {
  await using temp = await makeTemp();
  const fake = join(temp.path, 'node');
  writeFileSync(fake, `#!/bin/sh\ntouch ${temp.path}/was-run\necho v18.0.0\nexit 1\n`);
  chmodSync(fake, 0o755);
  assert.equal((await versionOf(join(bin, 'telltale'), `${temp.path}:/usr/bin:/bin`)).node, process.version);
  await assert.rejects(import('node:fs/promises').then(({ access }) => access(join(temp.path, 'was-run'))));
});

test('nothing of the environment, the PATH or the folder is loaded or run', async () => {
  await using temp = await makeTemp();
  const mark = join(temp.path, 'was-run');
  const evil = join(temp.path, 'evil.cjs');
  writeFileSync(evil, `require('node:fs').writeFileSync('${mark}', '')`);
  for (const name of ['readlink', 'dirname', 'uname', 'sh', 'env'])
    writeFileSync(join(temp.path, name), `#!/bin/sh\ntouch ${mark}\n`, { mode: 0o755 });
  mkdirSync(join(temp.path, 'node_modules/commander'), { recursive: true });
  writeFileSync(join(temp.path, 'node_modules/commander/index.js'), `require('${evil}')`);
  symlinkSync(join(bin, 'telltale'), join(temp.path, 'telltale'));
  const cache = join(temp.path, 'compiled');
  const env = {
    PATH: temp.path,
    NODE_OPTIONS: `--require=${evil}`,
    NODE_PATH: join(temp.path, 'node_modules'),
    NODE_COMPILE_CACHE: cache,
  };
  for (const program of [join(bin, 'telltale'), join(temp.path, 'telltale')]) {
    const { stdout } = await promisify(execFile)(program, ['version', '--json'], { cwd: temp.path, env });
    assert.equal((JSON.parse(stdout) as { node: string }).node, process.version);
  }
  assert.deepEqual([existsSync(mark), existsSync(cache)], [false, false]);
});

test('a folder with spaces in its name is no trouble', async () => {
  await using temp = await makeTemp();
  const folder = join(temp.path, 'with some spaces');
  mkdirSync(folder);
  symlinkSync(join(bin, 'telltale'), join(folder, 'tell tale'));
  assert.equal((await versionOf(join(folder, 'tell tale'))).node, process.version);
});

test('errors end with what to type, and keep to the exit codes of the docs', async () => {
  const cases: readonly (readonly [string[], number, RegExp])[] = [
    [['sokets'], 64, /did you mean "sockets"\?\). See: \S*telltale help/],
    [['sockets', '--jsno'], 64, /did you mean "--json"\?\). See: \S*telltale sockets --help/],
    [['sockets', 'pot', '80'], 64, /did you mean "port"\?\)/],
    [['baseline', 'generat'], 64, /did you mean "generate"\?\)/],
    [['accept', 'abc', '--state-dir', '/nonexistent/t'], 64, /-m 'reason'/],
    [['accept', 'abc', '--dry-run', '--state-dir', '/nonexistent/t'], 66, /telltale daemon/],
    [['ack', 'abc', '--state-dir', '/nonexistent/t'], 66, /telltale daemon/],
    [['baseline', 'delete', '--yes', '--state-dir', '/nonexistent/t'], 66, /telltale daemon/],
    [['show', 'abc', '--state-dir', '/nonexistent/t'], 66, /telltale daemon/],
    [['web', '--state-dir', '/nonexistent/t'], 69, /telltale daemon/],
    [['baseline', 'compare', '--state-dir', '/nonexistent/t'], 3, /telltale daemon/],
    [['config', 'check', '--config', '/nonexistent/t.yaml'], 78, /^$/],
    [['changes', '--state-dir', 'no/such'], 66, /"\/no\/such" yet\. Start the watch: \S*telltale daemon/],
  ];
  for (const [args, code, words] of cases) {
    const ran = await run(join(bin, 'telltale'), args);
    assert.equal(ran.code, code, `${args.join(' ')}: ${ran.stderr}`);
    assert.match(ran.stderr.trim(), words);
  }
  assert.equal(existsSync('/nonexistent'), false, 'what finds nothing makes nothing');
  const json = await run(join(bin, 'telltale'), ['sokets', '--json']);
  assert.equal((JSON.parse(json.stderr) as { error: { code: string } }).error.code, 'USAGE');
});

test('a ready file of before is gone as well where the settings keep a daemon from starting', async () => {
  await using temp = await makeTemp();
  const [ready, config] = [join(temp.path, 'ready'), join(temp.path, 'telltale.yaml')];
  writeFileSync(ready, '{}');
  writeFileSync(config, 'stateDirr: /x\n');
  const ran = await run(join(bin, 'telltale'), ['daemon', '--config', config, '--ready-file', ready]);
  assert.equal(ran.code, 78);
  assert.equal(existsSync(ready), false);
});

test('every command has help, and docs/commands.md has every command', async () => {
  const { entries } = await import('#cli/commands.ts');
  const { readFileSync } = await import('node:fs');
  const page = readFileSync(resolve(bin, '../docs/commands.md'), 'utf8');
  for (const entry of entries) {
    const { name } = entry;
    const { default: command } = await entry.load();
    assert.equal(command.name, name);
    assert.ok(page.includes(`\`telltale ${name}`), `docs/commands.md lacks ${name}`);
    // The page says that its options are those of logrotate(8).
    if (command.raw !== undefined) continue;
    for (const [flags] of (command.verbs ?? [command]).flatMap((verb) => verb.options ?? [])) {
      const long = /--[a-z-]+/.exec(flags)?.[0] ?? flags;
      assert.ok(page.includes(long), `docs/commands.md lacks ${name} ${long}`);
    }
  }
  const help = await run(join(bin, 'telltale'), ['help', 'baseline', 'compare']);
  assert.match(help.stdout, /Exit codes: 0 nothing differs/);
  const places = ['--state-dir', '/nonexistent/t', '--config', '/nonexistent/t.yaml'];
  assert.match((await run(join(bin, 'telltale'), ['help', ...places])).stdout, /^ +sockets /m);
  assert.equal((await run(join(bin, 'telltale'), ['help', ...places, 'baseline', 'compare'])).stdout, help.stdout);
});
