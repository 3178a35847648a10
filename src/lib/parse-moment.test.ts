import assert from 'node:assert/strict';
import test from 'node:test';
import { parseMoment } from './parse-moment.ts';

const nowMs = Date.UTC(2026, 10, 21, 9, 30);
const at = (text: string, zone = 'UTC'): string | undefined => {
  const ms = parseMoment(text, nowMs, zone);
  return ms === undefined ? undefined : new Date(ms).toISOString().slice(0, 19);
};

test('a time without a day is the last one that has passed', () => {
  assert.equal(at('03:00'), '2026-11-21T03:00:00');
  assert.equal(at('9:30'), '2026-11-21T09:30:00');
  assert.equal(at('22:15:07'), '2026-11-20T22:15:07');
  assert.equal(at('today 22:15'), '2026-11-21T22:15:00');
  assert.equal(at('yesterday 03:00'), '2026-11-20T03:00:00');
  assert.equal(at('yesterday'), '2026-11-20T00:00:00');
});

test('days, offsets, zones and durations', () => {
  assert.equal(at('2026-11-01'), '2026-11-01T00:00:00');
  assert.equal(at('2026-11-01 03:00'), '2026-11-01T03:00:00');
  assert.equal(at('2026-11-01T03:00', 'Europe/Berlin'), '2026-11-01T02:00:00');
  assert.equal(at('2026-11-01T03:00:00Z', 'Europe/Berlin'), '2026-11-01T03:00:00');
  assert.equal(at('2026-11-01 03:00:00+02:00'), '2026-11-01T01:00:00');
  assert.equal(at('2 h ago'), '2026-11-21T07:30:00');
  assert.equal(at('-24h'), '2026-11-20T09:30:00');
  assert.equal(at('now'), '2026-11-21T09:30:00');
});

test('what is no moment is refused', () => {
  for (const text of ['', ' ', '25:00', '2026-13-01', '2026-02-30', '03', 'soon', 'ago', '-', '3 ago', '2026-11-01 x'])
    assert.equal(at(text), undefined, text);
});
