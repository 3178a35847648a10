/** `telltale check`: looks now; its exit code is the answer, as Nagios and Icinga expect it. */

import { parseDuration } from '#lib/duration.ts';
import { VerbError } from '#model/verbs.ts';
import { type Call, defineCommand } from '../command.ts';
import { exit, exitForChanges } from '../exit.ts';
import { openDesk } from '../open-desk.ts';
import { tellGaps } from '../show-text.ts';
import { tell } from '../tell.ts';
import { wrappedTable } from '../wrapped-table.ts';
import { showStatus } from './status.ts';

export default defineCommand({
  name: 'check',
  summary: 'look now; the exit code is the answer',
  operands: '[name...]',
  options: [
    ['-q, --quiet', 'print nothing, only exit'],
    ['--list', 'the names of all checks, what they look at and how often'],
    ['--time-limit <time>', 'give a check up after this long, as "30s"; it then counts as blind'],
  ],
  notes: [
    'With names only these look, and only what they watch counts: telltale check accounts start-points',
    'Without a daemon it looks itself, as from cron: what changed since the last look is told and recorded.',
    '',
    'Exit codes:',
    '  0  nothing at "watch" or above is open',
    '  1  something to watch is open',
    '  2  something to act on is open',
    '  3  could not look (never the same as "nothing there")',
  ].join('\n'),
  run: (call) => orBlind(call, look),
});

async function look(call: Call): Promise<number> {
  if (call.flag('list')) return await list(call);
  const limitMs = timeLimit(call);
  // All files are walked over only for those who ask for it by name: it takes half a minute the first time.
  const walks = call.args.some((name) => name === 'files' || name === 'package-files') ? 'at-look' : 'never';
  await using opened = await openDesk(call, 'write', walks);
  const names = call.args.length === 0 ? {} : { names: call.args };
  const { status, changes } = await opened.desk.ask('check', { ...names, ...(limitMs !== undefined && { limitMs }) });
  if (!call.flag('quiet')) showStatus(call.terminal, status, changes);
  const answer = exitForChanges(status.open);
  const unseen = status.sensors.filter(({ lastLookMs, failed }) => lastLookMs === 0 || failed);
  if (answer !== exit.ok || unseen.length === 0) return answer;
  tellGaps(
    call.terminal,
    unseen.flatMap(({ gaps }) => gaps),
  );
  return exit.blind;
}

async function list(call: Call): Promise<number> {
  const { terminal } = call;
  await using opened = await openDesk(call, 'look');
  const { tables } = await opened.desk.ask('tables', {});
  const checks = tables
    .filter(({ sensor }) => sensor !== '')
    .map(({ sensor: name, name: table, doc, everyMs }) => ({ name, table, doc, everyMs }))
    .sort((a, b) => a.name.localeCompare(b.name, 'en'));
  terminal.object({ checks });
  for (const check of checks) terminal.line(check);
  if (terminal.format !== 'words') return exit.ok;
  const columns = [{ heading: 'NAME' }, { heading: 'EVERY', align: 'right' as const }];
  const rows = checks.map(({ name, everyMs, doc }) => [name, `${Math.round(everyMs / 1000)} s`, doc]);
  for (const line of wrappedTable(terminal, columns, 'LOOKS AT', rows)) terminal.out(line);
  return exit.ok;
}

function timeLimit(call: Call): number | undefined {
  const text = call.text('time-limit');
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms === undefined || ms < 100)
    throw new VerbError('USAGE', `Cannot give a check "${text}". Write a time, as --time-limit 30s`);
  return ms;
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
