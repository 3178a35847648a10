/** The setting `checks`: programs of the administrator's that say how something is. See docs/sensors/outside-checks.md. */

import * as v from 'valibot';
import type { OutsideCheck } from '#model/outside.ts';
import { absolutePath, choice, duration, line, section } from './fields.ts';

const HOUR_MS = 3_600_000;

/** One entry. */
const checkSchema = section({
  name: v.pipe(
    line('a name'),
    v.maxLength(60, 'the name is longer than 60 characters'),
    v.description('Its name in alerts; each once.'),
  ),
  run: v.pipe(
    v.array(line('a word of the command'), 'expected a list: the program, then each argument as an item of its own'),
    v.minLength(1, 'expected a program'),
    v.maxLength(64, 'more than 64 words'),
    v.check(
      (words) => v.is(absolutePath('the program'), words[0]),
      'the program needs an absolute path; no shell is used',
    ),
    v.description('Program and arguments; no shell reads them.'),
  ),
  every: v.pipe(v.optional(duration(10_000, 24 * HOUR_MS, '5 min'), '5 min'), v.description('How often it is run.')),
  timeLimit: v.pipe(
    v.optional(duration(100, HOUR_MS, '30 s'), '30 s'),
    v.description('It is ended when it takes longer.'),
  ),
  user: v.pipe(
    v.optional(line('a user')),
    v.description('Whom it runs as; "nobody" when nothing is said and Telltale is root.'),
  ),
  format: v.pipe(
    v.optional(choice(['nagios', 'lines']), 'nagios'),
    v.description('nagios: exit codes 0 to 3 and a line of text. lines: each line that it prints is a trouble.'),
  ),
});

/** All entries; two of one name cannot be told apart. */
export const checksSchema = v.pipe(
  v.array(checkSchema, 'expected a list of checks: lines that begin with "- name:"'),
  v.maxLength(64, 'more than 64 checks'),
  v.check((checks) => new Set(checks.map(({ name }) => name)).size === checks.length, 'two checks have one name'),
);

/** What the program takes; `uid` is ours, as only root can run a check as somebody else. */
export function checksOf(checked: v.InferOutput<typeof checksSchema>, uid: number): readonly OutsideCheck[] {
  return checked.flatMap(({ name, run, every, timeLimit, user, format }) => {
    const [program, ...args] = run;
    if (program === undefined) return [];
    const as = user ?? (uid === 0 ? 'nobody' : '');
    return [{ name, run: [program, ...args] as const, everyMs: every, timeLimitMs: timeLimit, user: as, format }];
  });
}
