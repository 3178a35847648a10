import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as v from 'valibot';
import { openExec } from '#host/exec.ts';
import { action, responderContext } from '#test/lab/fake-action.ts';
import { makeTemp } from '#test/lab/temp.ts';
import command from './command.ts';

const open = (settings: object) => command.open(responderContext(v.parse(command.settings, settings), openExec()));
const failureOf = (applied: object | undefined): string =>
  applied !== undefined && 'failure' in applied ? String(applied.failure) : '';

test('the program gets address, port and mode as words of their own, and no shell reads them', async () => {
  await using temp = await makeTemp();
  const out = join(temp.path, 'out');
  const responder = await open({
    program: '/bin/sh',
    args: ['-c', 'printf "%s|" "$@" >> "$0"', out, '$TARGET$', 'port $PORT$; $(id)', '-$MODE$'],
    undoProgram: '/bin/sh',
    undoArgs: ['-c', 'echo "undo $1" >> "$0"', out, '$TARGET$'],
  });
  const block = action('192.0.2.7', { port: 22, mode: 'tcp; reboot' });
  const [applied] = await responder.apply([block]);
  assert.equal(failureOf(applied), '');
  assert.equal(readFileSync(out, 'utf8'), '192.0.2.7|port 22; $(id)|-tcpreboot|');
  await responder.undo([block]);
  assert.match(readFileSync(out, 'utf8'), /undo 192\.0\.2\.7\n$/);
});

test('a shell only where it is asked for; what fails is told', async () => {
  await using temp = await makeTemp();
  const out = join(temp.path, 'out');
  const shell = await open({ shell: `echo $TARGET$ $PORT$ > ${out} && false` });
  const [applied] = await shell.apply([action('192.0.2.7', { port: 22 })]);
  assert.equal(readFileSync(out, 'utf8'), '192.0.2.7 22\n');
  assert.match(failureOf(applied), /exit code 1/);
  const [missing] = await (await open({ program: '/nowhere/tool' })).apply([action('192.0.2.7')]);
  assert.match(failureOf(missing), /ENOENT/);
  const [slow] = await (await open({ program: '/bin/sleep', args: ['9'], timeout: '100 ms' })).apply([
    action('192.0.2.7'),
  ]);
  assert.match(failureOf(slow), /no end after 100 ms/);
});

test('a restart runs nothing again, but undoes what is over', async () => {
  await using temp = await makeTemp();
  const out = join(temp.path, 'out');
  const responder = await open({ shell: `echo on >> ${out}`, undoShell: `echo off $TARGET$ >> ${out}` });
  await responder.restore([action('192.0.2.7')], [action('192.0.2.8')]);
  assert.equal(readFileSync(out, 'utf8'), 'off 192.0.2.8\n');
});

test('settings that say nothing or two things are refused', () => {
  for (const bad of [
    {},
    { program: '/a', shell: 'b' },
    { program: 'a' },
    { shell: ' ' },
    { shell: 'a', undoProgram: '/b', undoShell: 'c' },
  ])
    assert.ok(!v.safeParse(command.settings, bad).success, JSON.stringify(bad));
});
