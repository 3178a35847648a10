import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseState, printState } from './logrotate-state.ts';

const TOP = 'logrotate state -- version 2\n';

test('parseState() accounts for every line of any text', () => {
  const line = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('"/a" 2026-1-2-3:4:5', '/a 2020-1-1', '"/a', '', '"/a" 2026-13-1'),
  );
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const text = `${TOP}${lines.map((one) => `${one.replaceAll('\n', '')}\n`).join('')}`;
      const { rows, rejects, passed } = parseState(text);
      assert.equal(rows.length + rejects.length + passed, lines.length + 1);
    }),
  );
});

test('parseState() reads back what printState() wrote, whatever the name', () => {
  const name = fc
    .string({ unit: fc.constantFrom('a', '"', '\\', ' ', "'", '\n', '\xe9', '/'), minLength: 1 })
    .map((rest) => `/${rest}`);
  fc.assert(
    fc.property(fc.array(name), (paths) => {
      const last = { year: 2026, month: 2, day: 3, hour: 4, minute: 5, second: 6 };
      const rows = paths.map((path) => ({ path, last }));
      assert.deepEqual(parseState(printState(rows)), { rows, rejects: [], passed: 1 });
    }),
  );
});

test('parseState() does not believe a last line without its end', () => {
  assert.deepEqual(parseState(`${TOP}"/a" 2026-1-2`).rejects, [{ line: 2, words: 'line 2 too long in state file' }]);
});
