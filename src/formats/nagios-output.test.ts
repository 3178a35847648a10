import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import { parseNagios, parseTroubleLines } from './nagios-output.ts';

test('a plugin’s line, its measured values and its exit code', () => {
  const output = parseNagios(
    1,
    "DISK WARNING - free space: / 3326 MB | /=2643MB;5948;5958;0;5968 'my disk'=10.5%;;\nmore | x=1\n",
  );
  assert.deepEqual(output, {
    state: 'warning',
    text: 'DISK WARNING - free space: / 3326 MB',
    more: ['more '],
    measured: [
      { label: '/', value: 2643, unit: 'MB' },
      { label: 'my disk', value: 10.5, unit: '%' },
    ],
  });
  assert.equal(parseNagios(0, 'OK').state, 'ok');
  assert.equal(parseNagios(2, '').state, 'critical');
  assert.equal(parseNagios(127, 'sh: not found').state, 'unknown');
});

test('lines are troubles', () => {
  assert.deepEqual(parseTroubleLines(0, '\n \n'), { state: 'ok', text: '', more: [], measured: [] });
  assert.equal(parseTroubleLines(0, 'bad\nworse\n').state, 'warning');
  assert.deepEqual(parseTroubleLines(0, 'bad\nworse\n').more, ['worse']);
  assert.equal(parseTroubleLines(3, '').text, 'it ended with 3 and said nothing');
  assert.equal(parseTroubleLines(3, '').state, 'unknown');
});

test('any output is read, and values are bounded', () => {
  fc.assert(
    fc.property(fc.integer(), fc.string({ unit: 'binary' }), (code, text) => {
      assert.ok(parseNagios(code, text).measured.length <= 32);
      parseTroubleLines(code, text);
    }),
  );
  assert.equal(parseNagios(0, `x|${'a=1 '.repeat(100)}`).measured.length, 32);
});
