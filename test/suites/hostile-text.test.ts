/**
 * Whoever writes a file that the watch reads must not stop it: every function of src/formats that takes one text takes a
 * hostile one in time that grows with its length. A pattern that begins anew at each blank needs minutes for what fits
 * into a .gitconfig. The bound is CPU time.
 */

import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import test from 'node:test';

const LENGTH = 32_000;
const MOST_MS = 250;

/** What patterns stumble over: blanks of all kinds, openings without an end, separators, and pairs of these. */
const REPEATED = ['\n', '\r', ' ', '\u2028', 'a', '0', '"', '[', '{', '(', '#', '=', ':', '/', '-'].concat([
  '"\\',
  '\n\t',
  '\\\n',
  'a ',
  'a,',
]);
/** A text begins with these, and with what the patterns of a file look for. */
const BEGINNINGS = ['', 'a'];
const WORDS: Readonly<Record<string, readonly string[]>> = {
  'mail-aliases.ts': ['"', 'a: |'],
  'logrotate-hooks.ts': ['"'],
  'nsswitch.ts': ['a:'],
  'shell-tricks.ts': ['PATH', '>>', 'trap ', 'nc '],
  'web-script.ts': ['preg_replace("/', 'eval', 'AddType '],
};

/** Takes a list of arguments. */
const OTHERS = new Set(['logrotate-options.ts']);

type Taker = (text: string) => unknown;

async function takersOf(file: string): Promise<readonly (readonly [name: string, take: Taker])[]> {
  const exported = (await import(file)) as Record<string, unknown>;
  return Object.entries(exported).filter(
    (entry): entry is [string, Taker] =>
      typeof entry[1] === 'function' && entry[1].length === 1 && !String(entry[1]).startsWith('class'),
  );
}

/** CPU milliseconds that it takes; a text that is refused by throwing is refused. */
function msFor(take: Taker, text: string): number {
  const before = process.cpuUsage();
  try {
    const taken = take(text);
    if (typeof taken === 'object' && taken !== null && Symbol.iterator in taken) Array.from(taken as Iterable<unknown>);
  } catch (error) {
    assert.ok(error instanceof Error);
  }
  return process.cpuUsage(before).user / 1000;
}

function* textsFor(file: string): Generator<string> {
  for (const beginning of [...BEGINNINGS, ...(WORDS[basename(file)] ?? [])])
    for (const repeated of REPEATED) yield `${beginning}${repeated.repeat(LENGTH / repeated.length)}!`;
}

test('no parser needs more than linear time, whatever it is given', async () => {
  const files = globSync(resolve(import.meta.dirname, '../../src/formats/*.ts')).filter(
    (file) => !file.endsWith('.test.ts') && !OTHERS.has(basename(file)),
  );
  const slow: string[] = [];
  let taken = 0;
  for (const file of files) {
    for (const [name, take] of await takersOf(file)) {
      taken += 1;
      for (const text of textsFor(file)) {
        const ms = msFor(take, text);
        if (ms > MOST_MS) slow.push(`${file} ${name} ${JSON.stringify(text.slice(0, 30))}: ${Math.round(ms)} ms`);
      }
    }
  }
  assert.ok(taken > 100, `${taken} functions`);
  assert.deepEqual(slow, []);
});
