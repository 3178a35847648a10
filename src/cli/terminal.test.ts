import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import test from 'node:test';
import { makeTerminal } from './terminal.ts';

const telltale = resolve(import.meta.dirname, '../../bin/telltale');

function terminal(env: NodeJS.ProcessEnv, argv: readonly string[] = [], tty = true) {
  let said = '';
  const made = makeTerminal({
    env: { LANG: 'C.UTF-8', ...env },
    tty,
    columns: 120,
    argv,
    write: (_, text) => (said += text),
  });
  return { made, said: () => said };
}

test('colours: a terminal has them, a pipe has not, and each switch is heard', () => {
  assert.equal(terminal({}).made.colour, true);
  assert.equal(terminal({}, [], false).made.colour, false);
  assert.equal(terminal({ CLICOLOR_FORCE: '1' }, [], false).made.colour, true);
  assert.equal(terminal({ CLICOLOR_FORCE: '0' }, [], false).made.colour, false);
  assert.equal(terminal({ NO_COLOR: '1', CLICOLOR_FORCE: '1' }).made.colour, false);
  assert.equal(terminal({ NO_COLOR: '' }).made.colour, true, 'no-color.org: only when not empty');
  assert.equal(terminal({ TERM: 'dumb' }).made.colour, false);
  assert.equal(terminal({}, ['--no-color']).made.colour, false);
  assert.equal(terminal({}, ['--json']).made.colour, false);
  assert.equal(terminal({}).made.paint('act', 'x'), '\u001b[1;35mx\u001b[0m');
});

test('glyphs give way to ASCII where they cannot be shown', () => {
  assert.equal(terminal({}).made.ascii, false);
  assert.equal(terminal({}, ['--ascii']).made.ascii, true);
  assert.equal(terminal({ TERM: 'dumb' }).made.ascii, true);
  assert.equal(terminal({ LANG: 'de_DE.ISO-8859-1' }).made.ascii, true);
  assert.equal(terminal({ LC_ALL: 'C' }).made.ascii, true);
});

test('nothing but ASCII is written where only that can be shown; a pipe gets names as they are', () => {
  const said = (env: NodeJS.ProcessEnv, argv: readonly string[], tty: boolean): string => {
    const to = terminal(env, argv, tty);
    to.made.out('ö → 日');
    return to.said();
  };
  assert.equal(said({}, ['--ascii'], false), '\\u{f6} -> \\u{65e5}\n');
  assert.equal(said({ LC_ALL: 'C' }, [], true), '\\u{f6} -> \\u{65e5}\n');
  assert.equal(said({ LC_ALL: 'C' }, [], false), 'ö → 日\n');
  assert.equal(said({}, [], true), 'ö → 日\n');
});

test('what cannot be written is told as that, not as a fault of ours', () => {
  const full = spawnSync('/bin/sh', ['-c', `exec "$0" version >/dev/full`, telltale], { encoding: 'utf8' });
  assert.equal(full.status, 74);
  assert.match(full.stderr, /^telltale: Cannot write the answer: no space left on the disk \(ENOSPC\)\./);
});

test('one object or one line an object, with the version of the schema, and nothing that acts on a terminal', () => {
  const object = terminal({}, ['sockets', '--json']);
  object.made.object({ name: '\u001b[2J' });
  object.made.line({ never: true });
  assert.equal(object.said(), '{"v":1,"name":"\\u001b[2J"}\n');
  const lines = terminal({}, ['sockets', '--jsonl']);
  lines.made.object({ never: true });
  lines.made.line({ name: '\u202e' });
  assert.equal(lines.said(), '{"v":1,"name":"\\u202e"}\n');
  assert.equal(terminal({}, ['--', '--json']).made.format, 'words');
});

test('a pipe has no width, so that nothing is cut', () => {
  assert.equal(terminal({}, [], false).made.width, undefined);
  assert.equal(terminal({}).made.width, 120);
});
