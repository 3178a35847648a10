import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

// script(1) of util-linux gives it a terminal.
const skip = !existsSync('/usr/bin/script') && 'needs /usr/bin/script';
const file = fileURLToPath(import.meta.resolve('./confirmed.ts'));
const code = `const { confirmed } = await import("${file}"); console.log("answer", String(await confirmed("Accept it? ")))`;

for (const [typed, words, answer] of [
  ['y\n', 'y', 'true'],
  ['no\n', 'no', 'false'],
  ['\n', 'Enter', 'false'],
  ['\u0003', 'Ctrl-C', 'false'],
  ['\u0004', 'Ctrl-D', 'false'],
] as const)
  test(`${words} at a question is ${answer}, and no fault`, { skip }, async () => {
    const command = `${process.execPath} --input-type=module -e '${code}'`;
    const child = spawn('/usr/bin/script', ['-qec', command, '/dev/null']);
    let said = '';
    let asked = false;
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (!asked && said.includes('Accept it?')) child.stdin.write(typed);
      asked = said.includes('Accept it?');
    });
    const [exitCode] = (await once(child, 'close')) as [number];
    assert.equal(exitCode, 0, said);
    assert.match(said, new RegExp(`answer ${answer}\r`));
  });
