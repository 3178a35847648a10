/** `telltale mute ID…`: no notices until a time; still recorded and shown. */

import { VerbError } from '#model/verbs.ts';
import { moment } from '#views/time.ts';
import { type Call, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { openDesk } from '../open-desk.ts';
import { reasonOption, tellQuieted, untilOf } from '../quieting.ts';

const DEFAULT_MS = 8 * 3_600_000;
const LONGEST_MS = 366 * 86_400_000;

export default defineCommand({
  name: 'mute',
  operands: '<id...>',
  summary: 'no notices until a time; still recorded and shown',
  options: [
    reasonOption,
    ['--for <time>', 'how long, as "2 h" or "3 days" (default 8 h, at most a year)'],
    ['-n, --dry-run', 'only show what it would quiet'],
  ],
  notes: "Example:\n  telltale mute 8e1f02 --for '2 h' -m 'restore test'",
  run,
});

async function run(call: Call): Promise<number> {
  const untilMs = untilOf(call, 'for', Date.now() + DEFAULT_MS);
  if (untilMs > Date.now() + LONGEST_MS)
    throw new VerbError('USAGE', 'Nothing is muted for longer than a year. For good: telltale accept');
  await using opened = await openDesk(call, 'change');
  const reason = call.text('message') ?? 'muted';
  const result = await opened.desk.ask('mute', { ids: [...call.args], reason, untilMs, dryRun: call.flag('dry-run') });
  tellQuieted(call, `muted until ${moment(untilMs)}`, result);
  return exit.ok;
}
