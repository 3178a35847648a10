/** Lies on a real kernel: a listener and a file that are hidden from looks, and tracing that somebody switched off. */

import assert from 'node:assert/strict';
import { readdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openTracefsMount } from '#host/tracefs-mount.ts';
import { listenOn, makeSite, startDaemon, stop, until } from '../lab/site.ts';
import { needsRoot } from '../lab/skip.ts';

interface Told {
  readonly rule?: string;
  readonly title?: string;
  readonly severity?: string;
  readonly state?: string;
  readonly ready?: boolean;
  readonly hides?: boolean;
}

test('a rootkit that hides a listener and a file from every listing is told', { skip: needsRoot() }, async () => {
  await using site = await makeSite();
  // Where new names are heard of; the test's own folder is below it.
  const file = join(site.temp, 'hidden-agent');
  const lab = join(import.meta.dirname, '../lab/lying-watch.ts');
  const liar = site.net.spawn(process.execPath, [lab, join(site.temp, 'lying'), '4444', file]);
  let text = '';
  liar.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  liar.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const lines = (): Told[] =>
    text
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Told);
  const told = (rule: string) => lines().filter((line) => line.rule === rule);
  await until(
    'a watch',
    () => {
      if (liar.exitCode !== null) throw new Error(`The watch ended with ${liar.exitCode}: ${text}`);
      return lines().some(({ ready }) => ready);
    },
    60_000,
  );
  const honest = listenOn(site.net, 4445);
  await until('an honest listener', () => told('new-listener').length === 1);
  liar.stdin?.write('hide\n');
  await until('the rootkit', () => lines().some(({ hides }) => hides));
  writeFileSync(file, '');
  const hidden = listenOn(site.net, 4444);
  const lies = () => [...new Set(told('views-disagree').map(({ title, severity }) => `${severity} ${title}`))];
  await until('both lies', () => lies().length === 2, 60_000).catch((error: unknown) => {
    throw new Error(text, { cause: error });
  });
  assert.deepEqual(lies().toSorted(), [
    `critical A hidden file: ${file} is there, and its folder does not list it`,
    'critical perl listens on tcp 0.0.0.0:4444, and no listing of sockets shows it',
  ]);
  const states = (port: number): unknown =>
    lines().findLast(({ rule, title }) => rule === 'new-listener' && title?.includes(` ${port} `))?.state;
  assert.deepEqual([states(4444), states(4445)], ['open', 'open'], 'what no look shows has not ended for that');
  hidden.kill();
  honest.kill();
  unlinkSync(file);
  const closed = () => told('views-disagree').filter(({ state }) => state === 'closed').length >= 2;
  await until('the end of both', () => states(4444) === 'closed' && closed(), 60_000);
});

test('who switches our tracing off is told by the next listener that nobody told of', {
  skip: needsRoot(),
}, async () => {
  await using site = await makeSite();
  const mount = openTracefsMount();
  assert.ok(typeof mount !== 'string', 'tracefs refused');
  const tracing = `${mount.path}/instances`;
  const before = new Set(readdirSync(tracing));
  const { child } = await startDaemon(site);
  const first = listenOn(site.net, 4444);
  await until('a listener by its event', () => site.alerts().some(({ facts }) => facts.port === 4444));
  const own = readdirSync(tracing).filter((name) => !before.has(name) && !name.endsWith('-processes'));
  for (const name of own) writeFileSync(join(tracing, name, 'tracing_on'), '0');
  const second = listenOn(site.net, 5555);
  const alert = await until(
    'that the views disagree',
    () => site.alerts().find(({ rule }) => rule === 'views-disagree'),
    60_000,
  );
  assert.match(alert.title, /^perl listens on tcp 0\.0\.0\.0:5555, and no event told that it began$/);
  mount[Symbol.dispose]();
  second.kill();
  first.kill();
  assert.equal(await stop(child), 0);
});
