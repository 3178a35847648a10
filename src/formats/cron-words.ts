/** A schedule of crontab(5) in words: "every 5 minutes", "every day at 06:25". */

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const SHORT_DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const NICKNAMES: Readonly<Record<string, string>> = {
  '@reboot': 'at boot',
  '@yearly': 'every year on 1 January at 00:00',
  '@annually': 'every year on 1 January at 00:00',
  '@monthly': 'on day 1 of every month at 00:00',
  '@weekly': 'every Sunday at 00:00',
  '@daily': 'every day at 00:00',
  '@midnight': 'every day at 00:00',
  '@hourly': 'every hour at minute 0',
};

const NUMBER = /^\d{1,2}$/;
const STEP = /^\*\/(\d{1,3})$/;

/** What the common ones mean; any other is quoted as it is: `at "0 9-17 * * mon-fri"`. */
export function scheduleWords(schedule: string): string {
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = schedule.split(' ');
  const time = timeWords(minute, hour);
  const words = month !== '*' || time === undefined ? undefined : dayWords(day, weekday, time);
  return NICKNAMES[schedule] ?? words ?? `at "${schedule}"`;
}

function dayWords(day: string, weekday: string, time: Time): string | undefined {
  if (day === '*' && weekday === '*') return time.every ? time.words : `every day ${time.words}`;
  if (time.every) return undefined;
  if (day === '*') return weekdayWords(weekday, time.words);
  return weekday === '*' && NUMBER.test(day) ? `on day ${Number(day)} of every month ${time.words}` : undefined;
}

function weekdayWords(weekday: string, time: string): string | undefined {
  const index = SHORT_DAYS.indexOf(weekday);
  const name = NUMBER.test(weekday) ? DAYS[Number(weekday)] : DAYS[index];
  if (name !== undefined) return `every ${name} ${time}`;
  return weekday === '1-5' || weekday === 'mon-fri' ? `Monday to Friday ${time}` : undefined;
}

/** `every`: the words say how often, not at what time of the day. */
interface Time {
  readonly words: string;
  readonly every: boolean;
}

function timeWords(minute: string, hour: string): Time | undefined {
  if (NUMBER.test(minute) && NUMBER.test(hour))
    return { words: `at ${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`, every: false };
  if (hour === '*') return hourly(minute);
  const hours = STEP.exec(hour)?.[1];
  if (hours !== undefined && NUMBER.test(minute))
    return { words: `every ${hours} hours at minute ${Number(minute)}`, every: true };
  return undefined;
}

function hourly(minute: string): Time | undefined {
  if (minute === '*' || minute === '*/1') return { words: 'every minute', every: true };
  if (NUMBER.test(minute)) return { words: `every hour at minute ${Number(minute)}`, every: true };
  const minutes = STEP.exec(minute)?.[1];
  return minutes === undefined ? undefined : { words: `every ${minutes} minutes`, every: true };
}
