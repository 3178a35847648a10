import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from './due.ts';
import { defaultPolicy, type LogSet, type Policy } from './policy.ts';
import { calendarOf } from './state-store.ts';

/** Whether a log last rotated at `last` is due at `now` (local time, month 1–12). */
function due(policy: Partial<Policy>, last: Date, now: Date): boolean {
  const set = { ...defaultPolicy(), pattern: '/l', files: ['/l'], from: { file: 'c', line: 1 }, ...policy } as LogSet;
  const candidate = { sizeBytes: 10, changedMs: now.getTime(), last: calendarOf(last) };
  return judge(set, candidate, { ms: now.getTime(), calendar: calendarOf(now) }, false).due;
}

const at = (month: number, day: number, hour = 12, minute = 0): Date => new Date(2026, month - 1, day, hour, minute);

test('hourly and daily look at the calendar, not at the time passed', () => {
  assert.equal(due({ criterion: 'hourly' }, at(3, 4, 11, 59), at(3, 4, 12, 0)), true);
  assert.equal(due({ criterion: 'hourly' }, at(3, 4, 12, 0), at(3, 4, 12, 59)), false);
  assert.equal(due({ criterion: 'daily' }, at(3, 4, 23, 59), at(3, 5, 0, 0)), true);
  assert.equal(due({ criterion: 'daily' }, at(3, 5, 0, 0), at(3, 5, 23, 59)), false);
});

test('weekly waits for its weekday, or seven days', () => {
  // 2026-03-08 is a Sunday.
  assert.equal(due({ criterion: 'weekly' }, at(3, 5), at(3, 8)), true);
  assert.equal(due({ criterion: 'weekly' }, at(3, 5), at(3, 7)), false);
  assert.equal(due({ criterion: 'weekly' }, at(3, 8), at(3, 8, 23)), false);
  assert.equal(due({ criterion: 'weekly', weekday: 7 }, at(3, 5), at(3, 8)), false);
  assert.equal(due({ criterion: 'weekly', weekday: 7 }, at(3, 5), at(3, 12, 0)), true);
});

test('monthly waits for the next month, its day, or 31 days', () => {
  assert.equal(due({ criterion: 'monthly' }, at(3, 31), at(4, 1)), true);
  assert.equal(due({ criterion: 'monthly', monthday: 15 }, at(4, 1), at(4, 15)), true);
  assert.equal(due({ criterion: 'monthly', monthday: 15 }, at(4, 1), at(4, 16)), false);
  assert.equal(due({ criterion: 'monthly', monthday: 31 }, at(4, 1), at(4, 30)), true);
});

test('minutes counts whole minutes, maxsize goes before all, minage holds back', () => {
  assert.equal(due({ criterion: 'minutes', minutes: 5 }, at(3, 4, 12, 0), at(3, 4, 12, 5)), false);
  assert.equal(due({ criterion: 'minutes', minutes: 5 }, at(3, 4, 12, 0), at(3, 4, 12, 6)), true);
  assert.equal(due({ criterion: 'yearly', maxsizeBytes: 5 }, at(3, 4), at(3, 5)), true);
  assert.equal(due({ criterion: 'daily', minAgeDays: 2 }, at(3, 4), at(3, 5)), false);
});

test('a date more than 25 hours ahead forces a rotation', () => {
  assert.equal(due({ criterion: 'yearly' }, at(3, 5, 12), at(3, 4, 12)), false);
  assert.equal(due({ criterion: 'yearly' }, at(3, 6, 12), at(3, 4, 12)), true);
});
