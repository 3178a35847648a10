import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entries } from './commands.ts';
import { overview } from './overview.ts';
import { termRow } from './term-row.ts';
import { makeTerminal } from './terminal.ts';

test('a term and its meaning on one line, beside each other, or below', () => {
  const row = (width: number | undefined) =>
    termRow('--json', 'one object and nothing else on it', { column: 12, width });
  assert.deepEqual(row(undefined), ['  --json    one object and nothing else on it']);
  assert.deepEqual(row(80), row(undefined));
  assert.deepEqual(row(40), ['  --json    one object and nothing else', '            on it']);
  assert.deepEqual(row(30), ['  --json', '      one object and nothing', '      else on it']);
});

test('help fits forty columns', () => {
  const terminal = makeTerminal({ env: {}, tty: true, columns: 40, argv: [], write: () => undefined });
  assert.deepEqual(
    overview(entries, terminal).filter((line) => line.length > 40),
    [],
  );
});
