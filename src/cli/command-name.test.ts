import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeTemp } from '#test/lab/temp.ts';
import { commandName, typed } from './command-name.ts';

test('the name is what the shell finds, and leads to this program, never to another of that name', async () => {
  await using temp = await makeTemp();
  const clone = join(temp.path, 'clone');
  const folders = ['usr', 'old', 'clone/node_modules/.bin', 'clone/bin'].map((name) => join(temp.path, name));
  for (const folder of folders) mkdirSync(folder, { recursive: true });
  const [usr = '', old = '', npm = ''] = folders;
  const own = join(clone, 'bin/telltale');
  writeFileSync(own, '');
  writeFileSync(join(old, 'telltale'), '');
  symlinkSync(own, join(usr, 'telltale'));
  symlinkSync(own, join(npm, 'telltale'));
  const name = (path: string, cwd = '/') => commandName({ folder: clone, path, cwd });
  assert.equal(name(`/nowhere:${usr}:${old}`), 'telltale');
  assert.equal(name(`${old}:${usr}`), own, 'the shell would take the other one');
  assert.equal(name('/nowhere:', clone), 'bin/telltale');
  assert.equal(name('/nowhere', join(clone, 'bin')), own);
  assert.equal(name(npm, clone), 'bin/telltale', 'npm start sees more than the shell of who reads it');
});

test('only commands are renamed, not words that look so', () => {
  const say = (words: string): string => typed(words, 'bin/telltale');
  assert.equal(say('Next: telltale show 1'), 'Next: bin/telltale show 1');
  assert.equal(
    say('See "telltale doctor"; telltale help (telltale lsm -c)'),
    'See "bin/telltale doctor"; bin/telltale help (bin/telltale lsm -c)',
  );
  assert.equal(say('mv a b && telltale daemon'), 'mv a b && bin/telltale daemon');
  for (const words of ['journalctl -u telltale', '/opt/telltale show', 'what telltale does', 'my-telltale show'])
    assert.equal(say(words), words);
  assert.equal(typed('telltale show', 'telltale'), 'telltale show');
});
