import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeTerminal } from './terminal.ts';
import { wrappedTable } from './wrapped-table.ts';

const rows = [
  ['accounts', '60 s', 'Accounts of passwd and shadow, a row a line.'],
  ['web', '600 s', 'Scripts.'],
];
const columns = [{ heading: 'NAME' }, { heading: 'EVERY', align: 'right' as const }];

test('prose is broken within its column, and whole in a pipe', () => {
  const terminal = (tty: boolean) =>
    makeTerminal({ env: { NO_COLOR: '1' }, tty, columns: 45, argv: [], write: () => undefined });
  assert.deepEqual(wrappedTable(terminal(true), columns, 'LOOKS AT', rows), [
    'NAME      EVERY  LOOKS AT',
    'accounts   60 s  Accounts of passwd and',
    '                 shadow, a row a line.',
    'web       600 s  Scripts.',
  ]);
  assert.deepEqual(wrappedTable(terminal(false), columns, 'LOOKS AT', rows), [
    'NAME      EVERY  LOOKS AT',
    'accounts   60 s  Accounts of passwd and shadow, a row a line.',
    'web       600 s  Scripts.',
  ]);
});

test('where there is little room the prose stands below', () => {
  const terminal = makeTerminal({ env: { NO_COLOR: '1' }, tty: true, columns: 40, argv: [], write: () => undefined });
  assert.deepEqual(wrappedTable(terminal, columns, 'LOOKS AT', rows), [
    'NAME      EVERY  LOOKS AT',
    'accounts   60 s',
    '    Accounts of passwd and shadow, a row',
    '    a line.',
    'web       600 s',
    '    Scripts.',
  ]);
});
