/** The settings that README and the pages of docs/ show are sound: people copy them. */

import assert from 'node:assert/strict';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { runProgram } from '#cli/program.ts';
import { makeTerminal } from '#cli/terminal.ts';
import { makeTemp } from '../lab/temp.ts';

const root = resolve(import.meta.dirname, '../..');
const pages = ['README.md', ...globSync('docs/**/*.md', { cwd: root }).sort()];

async function complaintsAbout(yaml: string): Promise<string> {
  await using temp = await makeTemp();
  const config = `${temp.path}/telltale.yaml`;
  writeFileSync(config, yaml, { mode: 0o600 });
  const argv = ['config', 'check', '--config', config];
  let said = '';
  const write = (_: 1 | 2, text: string): void => {
    said += text;
  };
  const code = await runProgram(argv, makeTerminal({ env: {}, tty: false, columns: undefined, argv, write }));
  return code === 0 ? '' : said.replaceAll(config, 'the example');
}

test('each example of settings is sound', async () => {
  const wrong: string[] = [];
  let examples = 0;
  for (const page of pages)
    for (const [, yaml = ''] of readFileSync(resolve(root, page), 'utf8').matchAll(/^```yaml\n([\s\S]*?)^```$/gm)) {
      examples += 1;
      const complaints = await complaintsAbout(yaml);
      if (complaints !== '') wrong.push(`${page}:\n${yaml}${complaints}`);
    }
  assert.ok(examples > 10, `${examples} examples`);
  assert.deepEqual(wrong, []);
});
