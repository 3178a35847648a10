import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { displayWidth } from '#lib/text-table.ts';
import { pageWords } from './page-words.ts';
import { makeTerminal } from './terminal.ts';

const PAGE = `# New listener

A program opened a port that is **not** in the [baseline](x.md). One alert
a row.

* first \`thing\`
  goes on
* second

| what | effect |
| --- | --- |
| a \\| b | begins at medium, and this is long |

\`\`\`yaml
notifiers:   # kept as it is
\`\`\``;

const terminal = (columns?: number) =>
  makeTerminal({ env: { NO_COLOR: '1' }, tty: columns !== undefined, columns, argv: [], write: () => undefined });

test('on a terminal paragraphs, items and tables are broken at its width; what is to be pasted stays', () => {
  assert.deepEqual(pageWords(terminal(40), PAGE), [
    'New listener',
    '',
    'A program opened a port that is not in',
    'the baseline. One alert a row.',
    '',
    '* first thing goes on',
    '* second',
    '',
    'what   effect',
    'a | b  begins at medium, and this is',
    '       long',
    '',
    'notifiers:   # kept as it is',
  ]);
});

test('in a pipe a page has the lines that it has', () => {
  const lines = pageWords(terminal(), PAGE);
  assert.deepEqual(lines.slice(0, 4), [
    'New listener',
    '',
    'A program opened a port that is not in the baseline. One alert',
    'a row.',
  ]);
  assert.equal(lines.length, PAGE.split('\n').length - 2);
});

test('every page of a rule fits a terminal of 80 cells, save for what is to be pasted', () => {
  const folder = join(import.meta.dirname, '../../docs/rules');
  for (const name of readdirSync(folder)) {
    const page = readFileSync(join(folder, name), 'utf8');
    const code = new Set([...page.matchAll(/^```\w*\n([^]*?)^```/gm)].flatMap(([, text = '']) => text.split('\n')));
    const long = pageWords(terminal(80), page).filter((line) => displayWidth(line) > 80 && !code.has(line));
    // A word that is longer than the line is never cut.
    assert.deepEqual(
      long.filter((line) =>
        line
          .trim()
          .split(' ')
          .every((word) => word.length < 60),
      ),
      [],
      name,
    );
  }
});
