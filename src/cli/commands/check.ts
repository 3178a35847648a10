/** `telltale check`: looks now; its exit code is the answer, as Nagios and Icinga expect it. */

import { VerbError } from '#model/verbs.ts';
import { type Call, defineCommand } from '../command.ts';
import { exit, exitForChanges } from '../exit.ts';
import { openDesk } from '../open-desk.ts';
import { gapLines } from '../show-text.ts';
import { tell } from '../tell.ts';
import { showStatus } from './status.ts';

export default defineCommand({
  name: 'check',
  summary: 'look now; the exit code is the answer',
  options: [['-q, --quiet', 'print nothing, only exit']],
  notes: [
    'Exit codes:',
    '  0  nothing at "watch" or above is open',
    '  1  something to watch is open',
    '  2  something to act on is open',
    '  3  could not look (never the same as "nothing there")',
  ].join('\n'),
  run: (call) => orBlind(call, look),
});

async function look(call: Call): Promise<number> {
  await using opened = await openDesk(call, 'write');
  const { status, changes } = await opened.desk.ask('check', {});
  if (!call.flag('quiet')) showStatus(call.terminal, status, changes);
  const answer = exitForChanges(status.open);
  const unseen = status.sensors.filter((sensor) => sensor.lastLookMs === 0);
  if (answer !== exit.ok || unseen.length === 0) return answer;
  for (const line of unseen.flatMap((sensor) => gapLines(sensor.gaps))) call.terminal.err(line);
  return exit.blind;
}

/** Runs it; whatever keeps it from looking is told, and is exit code 3. A wrong command line or setting stays one. */
export async function orBlind(call: Call, run: (call: Call) => Promise<number>): Promise<number> {
  try {
    return await run(call);
  } catch (error) {
    if (error instanceof VerbError && (error.code === 'USAGE' || error.code === 'CONFIG')) throw error;
    tell(error, call.terminal);
    return exit.blind;
  }
}
