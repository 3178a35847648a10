/** `telltale processes`: the columns of ps aux, with unit, package, baseline mark and signs of trouble. */

import type { MarkedRow } from '#model/verbs.ts';
import { type Call, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { type OpenDesk, openDesk } from '../open-desk.ts';
import { processFilter } from '../process-filter.ts';
import { processLines, withFamily } from '../process-lines.ts';
import { tellGaps } from '../show-text.ts';
import { watchMs } from '../watch-time.ts';

export default defineCommand({
  name: 'processes',
  operands: '[filter...]',
  summary: 'what runs, as ps aux, with unit, package, mark and signs of trouble',
  options: [
    ['--tree', 'children below their parents; of a filter, its parents and children as well'],
    ['--new', 'only programs that are not in the baseline'],
    ['--odd', 'only what shows a sign of trouble'],
    ['--kernel', 'threads of the kernel as well'],
    ['--watch [time]', 'again and again, every 2 s or as given ("--watch=5"); q ends it'],
  ],
  notes: [
    'Filters, combined with "and":',
    '  pid N         process              user U        name or number',
    '  program P     name, path, script   unit U        systemd unit',
    '  package P     Debian package       session S     login session      tty T',
    '',
    'Examples:',
    '  telltale processes --tree pid 4711',
    '  telltale processes user www-data --odd',
    '',
    'MARK: known (the program is in the baseline), new (not in it), ours (Telltale itself), - (no baseline).',
  ].join('\n'),
  run,
});

async function run(call: Call): Promise<number> {
  const matches = processFilter(call.args);
  const everyMs = watchMs(call);
  await using opened = await openDesk(call, 'look');
  if (everyMs === undefined) await show(call, opened, matches);
  else await (await import('../live-view.ts')).showAgain(call, everyMs, (now) => show(now, opened, matches));
  return exit.ok;
}

async function show(
  call: Call,
  { desk, forgetful }: OpenDesk,
  matches: (row: MarkedRow['row']) => boolean,
): Promise<void> {
  const { terminal } = call;
  // Its last look, or one now, is where the signs of the rows below come from.
  await desk.ask('rows', { table: 'odd-processes' });
  const programs = await desk.ask('rows', { table: 'programs' });
  const learned = programs.rows.some(({ mark }) => mark === 'known');
  const marks = new Map(programs.rows.map(({ row, mark }) => [programKey({ ...row, exe: row['exeNow'] ?? '' }), mark]));
  const answer = await desk.ask('rows', { table: 'processes' });
  const all = answer.rows.map(({ row, mark }): MarkedRow => {
    const known = marks.get(programKey(row)) ?? (learned ? 'new' : '-');
    return { row, mark: mark === 'ours' ? mark : known, sinceMs: Number(row['startedMs']) };
  });
  const wanted = ({ row, mark }: MarkedRow): boolean =>
    matches(row) &&
    (call.flag('kernel') || row['kernel'] !== true) &&
    (!call.flag('new') || mark === 'new') &&
    (!call.flag('odd') || (Array.isArray(row['signs']) && row['signs'].length > 0));
  const tree = call.flag('tree');
  const rows = tree
    ? withFamily(all, wanted).filter(({ row }) => call.flag('kernel') || row['kernel'] !== true)
    : all.filter(wanted);
  terminal.object({ by: answer.by, takenMs: answer.takenMs, gaps: answer.gaps, rows });
  for (const marked of rows) terminal.line(marked);
  if (terminal.format !== 'words') return;
  const shown = forgetful ? rows.map((marked) => ({ ...marked, mark: dashed(marked) })) : rows;
  for (const line of processLines(terminal, shown as readonly MarkedRow[], { tree, nowMs: Date.now() }))
    terminal.out(line);
  tellGaps(terminal, answer.gaps);
}

/** Without a store there is nothing to compare with. */
function dashed({ mark }: MarkedRow): string {
  return mark === 'ours' ? mark : '-';
}

function programKey(row: MarkedRow['row']): string {
  return ['exe', 'script', 'user', 'from'].map((column) => String(row[column] ?? '')).join('\0');
}
