import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ago, atTime, clockTime, day, hourMinute, moment } from './time.ts';

const BERLIN = 'Europe/Berlin';
const NOW = Date.UTC(2026, 10, 21, 8, 0, 0);

test('ago() is relative for what is near, and names the day for the rest', () => {
  const cases: readonly (readonly [number, string])[] = [
    [NOW, 'just now'],
    [NOW + 400, 'just now'],
    [NOW - 12_000, '12 s ago'],
    [NOW - 89_999, '89 s ago'],
    [NOW - 90_000, '1 min ago'],
    [NOW - 3_599_000, '59 min ago'],
    [NOW - 3_600_000, 'today 08:00'],
    [Date.UTC(2026, 10, 20, 23, 30), 'today 00:30'],
    [Date.UTC(2026, 10, 20, 6, 2), 'yesterday 07:02'],
    [Date.UTC(2026, 10, 3, 8, 0), '3 November 09:00'],
    [Date.UTC(2025, 10, 3, 8, 0), '3 November 2025 09:00'],
    [NOW + 300_000, 'in 5 min'],
    [NOW + 28_800_000, 'today 17:00'],
    [NOW + 86_400_000, '22 November 09:00'],
  ];
  for (const [ms, words] of cases) assert.equal(ago(ms, NOW, BERLIN), words);
});

test('times are 24 hours long and carry the offset where it matters', () => {
  const night = Date.UTC(2026, 6, 1, 22, 4, 9, 900);
  assert.equal(clockTime(night, BERLIN), '00:04:09');
  assert.equal(hourMinute(night, BERLIN), '00:04');
  assert.equal(moment(night, BERLIN), '2 July 2026, 00:04:09 +02:00');
  assert.equal(day(night, NOW, BERLIN), '2 July');
});

test('atTime() stands in the middle of a sentence', () => {
  assert.equal(atTime(NOW - 60_000, NOW, BERLIN), 'at 08:59');
  assert.equal(atTime(NOW - 86_400_000, NOW, BERLIN), 'yesterday at 09:00');
  assert.equal(atTime(Date.UTC(2026, 10, 3, 8, 0), NOW, BERLIN), 'on 3 November at 09:00');
});

test('the day changes with the zone, also in the hour that clocks skip', () => {
  // 29 March 2026, 01:30 UTC: Berlin has just jumped from 02:00 to 03:00.
  const jump = Date.UTC(2026, 2, 29, 1, 30);
  assert.equal(moment(jump, BERLIN), '29 March 2026, 03:30:00 +02:00');
  assert.equal(ago(jump - 3_600_000 * 4, jump, BERLIN), 'yesterday 22:30');
});
