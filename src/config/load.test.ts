import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import test from 'node:test';
import * as fc from 'fast-check';
import * as v from 'valibot';
import { defineNotifier } from '#model/notifier.ts';
import { needsRoot } from '#test/lab/skip.ts';
import { makeTemp } from '#test/lab/temp.ts';
import { defaultSettings } from './defaults.ts';
import { loadSettings } from './load.ts';
import { problemText } from './problem.ts';
import { parseYaml } from './read.ts';

const open = (): Promise<never> => Promise.reject(new Error('not opened here'));
const notifiers = [
  defineNotifier({
    name: 'file',
    doc: '',
    kind: 'alerts',
    settings: v.strictObject({ path: v.string() }),
    secrets: [],
    open,
  }),
  defineNotifier({
    name: 'mail',
    doc: '',
    kind: 'incidents',
    settings: v.pipe(
      v.strictObject({ to: v.string(), password: v.optional(v.string()) }),
      v.check(({ to }) => to !== 'nobody', 'nobody reads that'),
    ),
    secrets: ['password'],
    open,
  }),
];

async function loading(text: string, extra: { env?: NodeJS.ProcessEnv; stateDir?: string; mode?: number } = {}) {
  await using temp = await makeTemp();
  const file = join(temp.path, 'telltale.yaml');
  writeFileSync(file, text);
  chmodSync(file, extra.mode ?? 0o640);
  const loaded = loadSettings({ config: file, stateDir: extra.stateDir, env: extra.env ?? {}, uid: 0, notifiers });
  const say = (list: readonly { file: string; line: number; column: number; message: string }[]): string[] =>
    list.map((problem) => problemText(problem).replace(file, 'F'));
  return { ...loaded, said: say(loaded.problems), warned: say(loaded.warnings) };
}

test('a whole file is read, and defaults stand for what it leaves out', async () => {
  const { settings } = await loading('stateDir: /srv/t\nweb:\n  listen: none\nkeep: 8 h 30 min\n');
  assert.equal(settings, undefined, 'keep is shorter than a day');
  const read = await loading(
    'stateDir: /srv/t\nweb:\n  listen: none\nkeep: 30 days\nnotifiers:\n  - type: file\n    path: /a\n  - type: file\n    path: /b\n  - type: mail\n    to: root\n    maxPerHour: 5\n',
  );
  assert.deepEqual(read.settings, {
    stateDir: '/srv/t',
    web: { listen: 'none' },
    watch: { namespaces: 'auto' },
    keepMs: 30 * 86_400_000,
    compare: { mail: false },
    rotate: { configs: [], state: '/var/lib/logrotate/status', fullInMs: 6 * 3_600_000 },
    answers: defaultSettings('').answers,
    scans: defaultSettings('').scans,
    traps: defaultSettings('').traps,
    files: { watch: [], ignore: [], walkAfterMs: 900_000 },
    checks: [],
    notifiers: [
      { type: 'file', name: 'file', minSeverity: 'info', maxPerHour: 20, own: { path: '/a' } },
      { type: 'file', name: 'file-2', minSeverity: 'info', maxPerHour: 20, own: { path: '/b' } },
      { type: 'mail', name: 'mail', minSeverity: 'medium', maxPerHour: 5, own: { to: 'root' } },
    ],
  });
});

test('an empty file is the defaults', async () => {
  assert.deepEqual((await loading('')).settings, defaultSettings('/var/lib/telltale'));
  for (const text of ['', '# nothing\n', '{}\n'])
    assert.equal((await loading(text)).settings?.web.listen, '127.0.0.1:7777', text);
});

test('every error is told at once, with its place and what was probably meant', async () => {
  const { said, settings } = await loading(
    [
      'notifer: []',
      'web:',
      '  listn: none',
      '  other: 1',
      'keep: 3 parsecs',
      'watch: all',
      'notifiers:',
      '  - type: fil',
      '  - type: file',
      '    pth: /x',
      '  - type: mail',
      '    to: root',
      '    minSeverity: hihg',
    ].join('\n'),
  );
  assert.equal(settings, undefined);
  assert.deepEqual(said, [
    'F:1:1: unknown key "notifer" (did you mean "notifiers"?)',
    'F:3:3: unknown key "listn" (did you mean "listen"?)',
    'F:4:3: unknown key "other"; keys here are listen',
    'F:5:7: keep: "3 parsecs" is no duration such as "90 days"',
    'F:6:8: watch: expected keys (namespaces) indented below, not "all"',
    'F:8:11: unknown channel "fil" (did you mean "file"?); channels are file, mail',
    'F:9:5: path: is missing',
    'F:10:5: unknown key "pth" (did you mean "path"?)',
    'F:13:18: minSeverity: "hihg" is none of info, low, medium, high, critical (did you mean "high"?)',
  ]);
});

test('a list where keys are expected is an error, also an empty one', async () => {
  assert.match(
    (await loading('- a\n')).said.join(),
    /^F:1:1: expected keys \(stateDir, .*\) indented below, not a list$/,
  );
  assert.match((await loading('[]\n')).said.join(), /not a list$/);
  assert.deepEqual((await loading('web: []\nscans: {}\n')).said, [
    'F:1:1: expected keys (listen) indented below, not a list',
  ]);
});

test('a check of a whole channel and two channels of one name are told', async () => {
  const { said } = await loading(
    'notifiers:\n  - {type: mail, to: nobody}\n  - {type: file, path: /a, name: x}\n  - {type: file, path: /b, name: x}\n',
  );
  assert.deepEqual(said, ['F:2:5: nobody reads that', 'F:4:34: another channel is called "x" already']);
});

test('what is no YAML is told with its place', async () => {
  assert.deepEqual((await loading('a: 1\na: 2\n')).said, ['F:2:1: this key stands here twice; keep one']);
  assert.deepEqual(
    (await loading('web:\n\tlisten: none\n')).said.map((words) => words.split(';')[0]),
    ['F:2:1: tabs cannot indent YAML'],
  );
  assert.match((await loading('web: [')).said[0] ?? '', /^F:1:\d+: cannot be read: /);
  assert.match((await loading('web: "\xff"')).said[0] ?? 'sound', /expected keys/);
});

test('hostile files are bounded', async () => {
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x,x]',
    ...Array.from('bcdefghij').map(
      (name, index) => `${name}: &${name} [${Array(10).fill(`*${'abcdefghij'[index]}`).join(',')}]`,
    ),
  ].join('\n');
  assert.deepEqual((await loading(bomb)).said, ['F: uses too many aliases (*name); write it plainly']);
  assert.deepEqual((await loading('['.repeat(60_000))).said, ['F: is nested too deeply; write it plainly']);
  assert.deepEqual((await loading(`# ${'x'.repeat(300 * 1024)}`)).said, ['F: cannot be read: larger than 256 KiB']);
  assert.deepEqual((await loading('__proto__: {listen: none}\n')).said.length, 1);
});

test('a missing file is fine at the default place, and an error where it is named', () => {
  const nowhere = { stateDir: undefined, env: { XDG_CONFIG_HOME: '/nonexistent' }, uid: 1000, notifiers };
  assert.equal(loadSettings({ ...nowhere, config: undefined }).settings?.stateDir, '/.local/state/telltale');
  assert.match(loadSettings({ ...nowhere, config: '/nonexistent/x' }).problems[0]?.message ?? '', /ENOENT/);
});

test('a folder or a pipe in place of the file is an error, not a wait', async () => {
  await using temp = await makeTemp();
  mkdirSync(join(temp.path, 'd'));
  const at = { stateDir: undefined, env: {}, uid: 0, notifiers };
  assert.match(loadSettings({ ...at, config: join(temp.path, 'd') }).problems[0]?.message ?? '', /EISDIR/);
  assert.match(loadSettings({ ...at, config: '/dev/zero' }).problems[0]?.message ?? '', /not a regular file/);
});

test('the state directory comes from the flag, then the environment, then the file, then the default', async () => {
  const env = { TELLTALE_STATE_DIR: '/env' };
  assert.equal((await loading('stateDir: /file\n', { env, stateDir: '/flag' })).settings?.stateDir, '/flag');
  assert.equal((await loading('stateDir: /file\n', { env })).settings?.stateDir, '/env');
  assert.equal((await loading('stateDir: /file\n')).settings?.stateDir, '/file');
  assert.equal((await loading('')).settings?.stateDir, '/var/lib/telltale');
  const relative = await loading('stateDir: /file\n', { env: { TELLTALE_STATE_DIR: 'x/y' } });
  assert.equal(relative.settings?.stateDir, resolve('x/y'), 'as a relative flag');
  assert.equal((await loading('stateDir: /file\n', { env: { TELLTALE_STATE_DIR: '' } })).settings?.stateDir, '/file');
});

test('a secret that everybody can read is warned of', async () => {
  const text = 'notifiers:\n  - {type: mail, to: root, password: hunter2}\n';
  const { warned, settings } = await loading(text, { mode: 0o644 });
  assert.ok(settings);
  assert.match(warned[0] ?? '', /holds notifiers\.0\.password; run "chmod 0640/);
  assert.ok(!warned.join('').includes('hunter2'));
  assert.deepEqual((await loading(text, { mode: 0o640 })).warned, []);
});

test('a file that somebody else could write says nothing about what runs as root', { skip: needsRoot() }, async () => {
  await using temp = await makeTemp();
  const folder = join(temp.path, 'home');
  mkdirSync(folder);
  const file = join(folder, 'telltale.yaml');
  writeFileSync(file, 'web: { listen: none }\n', { mode: 0o644 });
  const said = (): string =>
    loadSettings({ config: file, stateDir: undefined, env: {}, uid: 0, notifiers: [] })
      .problems.map(({ message }) => message)
      .join();
  assert.equal(said(), '');
  chmodSync(file, 0o666);
  assert.match(said(), /everybody may write it; run "chmod o-w \/.*telltale\.yaml"$/);
  chmodSync(file, 0o644);
  chownSync(file, 65_534, 65_534);
  assert.match(said(), /it belongs to uid 65534; run "chown 0 /);
  chownSync(file, 0, 0);
  chownSync(folder, 65_534, 65_534);
  assert.match(said(), /uid 65534 may replace it: ".*\/home" is theirs/);
});

test('parseYaml() never throws, whatever the bytes', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
        fc
          .string({ unit: fc.constantFrom('-', ' ', ':', '\n', '&a', '*a', '[', '{', '"', 'k', '!', '|', '#') })
          .map((text) => Buffer.from(text)),
      ),
      (bytes) => {
        const read = parseYaml('F', bytes);
        for (const { message } of read.problems) assert.notEqual(message, '');
        assert.ok(read.place(['a', 0, 'b'], true).line >= 0);
      },
    ),
    { numRuns: 500 },
  );
});
