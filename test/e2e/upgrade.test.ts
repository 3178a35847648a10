/** The program is exchanged under its own record, in place: a real copy of it, started, upgraded and started again. */

import assert from 'node:assert/strict';
import { appendFileSync, cpSync, existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import test from 'node:test';
import { type Line, makeSite, type Site, stop, until } from '#test/lab/site.ts';
import { needsRoot } from '#test/lab/skip.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** What runs of a clone, in a folder of its own. */
function copyOf(folder: string): string {
  const isRun = (path: string): boolean => !path.endsWith('.test.ts') && !path.includes('/src/web/page');
  for (const name of ['src', 'bin', 'package.json', 'package-lock.json'])
    cpSync(join(ROOT, name), join(folder, name), { recursive: true, filter: isRun });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** What a Node below /tmp brings, and what other tests do to the same kernel meanwhile. */
const ELSEWHERE = /-in-open-place$|^(?:unknown-program|kprobe-new|ebpf-new|namespace-new)$/;

/** One life of the daemon of that program; gives what it told. */
async function live(site: Site, program: string, wanted: (told: readonly Line[]) => boolean): Promise<readonly Line[]> {
  const alerts = join(site.temp, 'alerts.jsonl');
  const lines = (): Line[] =>
    existsSync(alerts)
      ? readFileSync(alerts, 'utf8')
          .split('\n')
          .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Line]))
      : [];
  const before = lines().length;
  const told = (): Line[] =>
    lines()
      .slice(before)
      .filter(({ rule }) => !ELSEWHERE.test(rule));
  const ready = join(site.temp, `ready-${before}`);
  const args = ['daemon', '--config', site.config, '--state-dir', site.stateDir, '--ready-file', ready];
  const child = site.net.spawn(join(program, 'bin/telltale'), args);
  await until('the ready file', () => existsSync(ready) && readFileSync(ready, 'utf8').startsWith('{'));
  await until('what is wanted', () => wanted(told()));
  assert.equal(await stop(child), 0);
  return told();
}

test('an upgrade in place is one line, and a program that was altered meanwhile is told', {
  skip: needsRoot(),
}, async () => {
  await using site = await makeSite();
  const program = copyOf(join(site.temp, 'opt'));
  assert.deepEqual(await live(site, program, () => true), []);

  const manifest = join(program, 'package.json');
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace(/"version": "[^"]+"/, '"version": "99.0.0"'));
  appendFileSync(join(program, 'src/main.ts'), '// a new version\n');
  const upgraded = await live(site, program, (told) => told.length > 0);
  assert.deepEqual(
    upgraded.map(({ rule }) => rule),
    ['own-program-changed'],
  );
  assert.match(upgraded[0]?.title ?? '', /^The program of Telltale was changed from version .* to 99\.0\.0$/);

  appendFileSync(join(program, 'src/main.ts'), '// and nobody knows why\n');
  const altered = await live(site, program, (told) => told.some(({ title }) => title.includes('changed last')));
  assert.ok(altered.every(({ rule }) => rule === 'own-program-changed'));
  const verified = await site.net.run(join(program, 'bin/telltale'), ['verify', '--state-dir', site.stateDir]);
  assert.equal(verified.code, 0, verified.stdout + verified.stderr);
});
