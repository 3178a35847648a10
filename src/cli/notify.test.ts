import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { makeTemp } from '#test/lab/temp.ts';
import { exit } from './exit.ts';
import { runProgram } from './program.ts';
import { makeTerminal } from './terminal.ts';

async function notify(
  notifiers: (folder: string) => string,
  ...words: string[]
): Promise<{ code: number; out: string; told: string }> {
  await using temp = await makeTemp();
  const config = `${temp.path}/telltale.yaml`;
  writeFileSync(config, `stateDir: ${temp.path}/state\n${notifiers(temp.path)}`, { mode: 0o600 });
  const argv = ['notify', 'test', ...words, '--config', config];
  let out = '';
  const write = (_: 1 | 2, text: string): void => {
    out += text;
  };
  const terminal = makeTerminal({ env: {}, tty: false, columns: undefined, argv, write });
  const code = await runProgram(argv, terminal);
  let told = '';
  try {
    told = readFileSync(`${temp.path}/alerts.jsonl`, 'utf8');
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOENT');
  }
  return { code, out, told };
}

const both = (folder: string): string =>
  `notifiers:\n  - {type: file, name: good, path: ${folder}/alerts.jsonl}\n` +
  '  - {type: command, name: bad, program: /bin/sh, args: [-c, "echo no such desk >&2; exit 3"]}\n';

test('notify test says of each channel whether it took the test, with its words', async () => {
  const { code, out, told } = await notify(both);
  assert.equal(code, exit.io);
  assert.match(out, /^good: delivered$/m);
  assert.match(out, /^bad: refused: .*no such desk/m);
  const line: unknown = JSON.parse(told);
  assert.equal((line as { rule: string }).rule, 'notify-test');
});

test('notify test asks only the channels that were named, and answers in JSON', async () => {
  const { code, out } = await notify(both, 'good', '--json');
  assert.equal(code, exit.ok);
  assert.deepEqual(JSON.parse(out), {
    v: 1,
    channels: [{ name: 'good', type: 'file', error: '', delivered: true }],
  });
  const bad = await notify(both, 'bad');
  assert.equal(bad.code, exit.io);
  assert.equal(bad.told, '', 'the other channel was left alone');
});

test('notify test names what there is when a channel is not found, and says when there is none', async () => {
  await assert.rejects(notify(both, 'pager'), { code: 'CONFIG', message: /channel "pager"; there are: good, bad\./ });
  await assert.rejects(
    notify(() => ''),
    { code: 'CONFIG', message: /"notifiers" in the settings is empty/ },
  );
});
