import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import test from 'node:test';
import { fs as lean } from './lean-fs.ts';

test('it is node:fs', () => {
  assert.equal(lean, fs);
});

test('and brings no stream or promise with it', () => {
  const file = JSON.stringify(new URL('./lean-fs.ts', import.meta.url).href);
  const script = `await import(${file}); console.log(process.moduleLoadList.filter((name) => /fs.promises|fs.streams/.test(name)).length)`;
  const run = (code: string) =>
    spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' }).stdout.trim();
  assert.equal(run(script), '0');
  assert.notEqual(run(script.replace(file, '"node:fs"')), '0');
});
