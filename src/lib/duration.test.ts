import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { formatDuration, parseDuration } from './duration.ts';

test('parseDuration() reads what people write', () => {
  const cases: readonly (readonly [string, number])[] = [
    ['10 min', 600_000],
    ['10min', 600_000],
    ['8 h', 28_800_000],
    ['1.5 h', 5_400_000],
    ['1 h 30 min', 5_400_000],
    ['250 ms', 250],
    ['2 days', 172_800_000],
    ['1 w', 604_800_000],
    ['0', 0],
    ['0 s', 0],
  ];
  for (const [text, ms] of cases) assert.equal(parseDuration(text), ms, text);
});

test('parseDuration() refuses what is no duration instead of guessing', () => {
  for (const text of [
    '',
    ' ',
    '10',
    'min',
    '-5 s',
    '5 parsecs',
    '5 min 5 min',
    '5 s 1 h',
    '1e3 s',
    '9999999 w',
    '5 s;',
  ]) {
    assert.equal(parseDuration(text), undefined, text);
  }
});

test('formatDuration() says the two greatest units', () => {
  assert.equal(formatDuration(12_345), '12 s');
  assert.equal(formatDuration(5_400_000), '1 h 30 min');
  assert.equal(formatDuration(28_800_000), '8 h');
  assert.equal(formatDuration(250), '250 ms');
  assert.equal(formatDuration(0), '0 ms');
  assert.equal(formatDuration(90_061_000), '1 d 1 h');
});

test('parseDuration() reads back what formatDuration() says, less than one smallest unit off', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 3_000_000_000_000 }), (ms) => {
      const back = parseDuration(formatDuration(ms));
      assert.ok(back !== undefined && back <= ms && ms - back < 3_600_000);
      assert.equal(formatDuration(back), formatDuration(ms));
    }),
  );
});
