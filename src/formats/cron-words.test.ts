import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scheduleWords } from './cron-words.ts';

test('scheduleWords() says common schedules in words and quotes the others', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['* * * * *', 'every minute'],
    ['*/5 * * * *', 'every 5 minutes'],
    ['17 * * * *', 'every hour at minute 17'],
    ['25 6 * * *', 'every day at 06:25'],
    ['47 6 * * 7', 'every Sunday at 06:47'],
    ['0 9 * * mon', 'every Monday at 09:00'],
    ['0 9 * * 1-5', 'Monday to Friday at 09:00'],
    ['52 6 1 * *', 'on day 1 of every month at 06:52'],
    ['0 */4 * * *', 'every 4 hours at minute 0'],
    ['@reboot', 'at boot'],
    ['0 9-17 * * mon,tue', 'at "0 9-17 * * mon,tue"'],
    ['0 0 1 jan *', 'at "0 0 1 jan *"'],
  ];
  for (const [schedule, words] of cases) assert.equal(scheduleWords(schedule), words);
});
