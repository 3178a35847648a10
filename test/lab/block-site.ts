/** The real program in a namespace with a wire to another one. */

import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeNetPair } from './net-pair.ts';
import { type Line, type Site, telltale } from './site.ts';
import { makeTemp } from './temp.ts';

/** `answers` is YAML for below `answers:`, indented by two. */
export async function makeBlockSite(answers: string) {
  await using stack = new AsyncDisposableStack();
  const temp = stack.use(await makeTemp());
  const pair = stack.use(await makeNetPair());
  const config = join(temp.path, 'telltale.yaml');
  const alertFile = join(temp.path, 'alerts.jsonl');
  const base = `web: { listen: none }\nwatch: { namespaces: own }\nnotifiers:\n  - { type: file, path: ${alertFile} }\nanswers:\n`;
  writeFileSync(config, base + answers);
  const owned = stack.move();
  const site: Site & { readonly pair: typeof pair; setAnswers(text: string): void } = {
    pair,
    net: pair.us,
    temp: temp.path,
    config,
    stateDir: join(temp.path, 'state'),
    alerts: () =>
      existsSync(alertFile)
        ? readFileSync(alertFile, 'utf8')
            .trim()
            .split('\n')
            .filter(Boolean)
            .map((line) => JSON.parse(line) as Line)
        : [],
    run: (...args: string[]) =>
      pair.us.run(telltale, [...args, '--state-dir', site.stateDir, '--config', config], { NO_COLOR: '1' }),
    setAnswers(text) {
      writeFileSync(config, base);
      appendFileSync(config, text);
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
  return site;
}
