import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { releaseOwnPages, unchangedPages } from './own-pages.ts';

const mapping = (range: string, rights: string, anonymous: number, path: string): string =>
  `${range} ${rights} 00000000 fe:00 5336542                            ${path}\nSize: 4 kB\nRss: 4 kB\nAnonymous:    ${anonymous} kB\n`;

test('only mappings of the program are let go that nobody wrote to', () => {
  const smaps = [
    mapping('00400000-0082e000', 'r--p', 0, '/opt/node'),
    mapping('0082e000-03489000', 'r-xp', 0, '/opt/node'),
    mapping('072a7000-072dc000', 'r--p', 212, '/opt/node'),
    mapping('072dc000-07308000', 'rw-p', 0, '/opt/node'),
    mapping('7fac90878000-7fac90c78000', 'r-xp', 0, '/opt/node-other'),
    mapping('7faca1480000-7facc1200000', 'rwxp', 0, ''),
    mapping('7facc1200000-7facc1415000', 'r-xp', 4, '/opt/node'),
  ].join('');
  assert.deepEqual(unchangedPages(smaps, '/opt/node'), [
    { start: 0x400000, bytes: 0x42e000 },
    { start: 0x82e000, bytes: 0x3489000 - 0x82e000 },
  ]);
});

test('what is let go counts no more, and everything runs on', () => {
  const mappedKb = (): number => Number(/^RssFile:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]);
  const before = mappedKb();
  assert.equal(releaseOwnPages(), '');
  const after = mappedKb();
  assert.ok(after < before - 10_000, `${before} kB, then ${after} kB`);
  assert.equal(JSON.parse(JSON.stringify({ still: [1, 2, 3] })).still.length, 3);
});
