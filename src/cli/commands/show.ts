/** `telltale show ID|TABLE`: all that is known of one change; or the rows of a table. */

import { visible } from '#lib/escape.ts';
import { shortId } from '#lib/short-id.ts';
import { VerbError, type Verbs } from '#model/verbs.ts';
import { alertBlock, stateWords } from '#views/alert.ts';
import { causeWords } from '#views/incident.ts';
import { moment } from '#views/time.ts';
import { type Call, defineCommand } from '../command.ts';
import { typed } from '../command-name.ts';
import { exit } from '../exit.ts';
import { openDesk } from '../open-desk.ts';
import { changeLinesOn, paintSigns, viewOn } from '../show-text.ts';
import { showTable } from '../table-rows.ts';
import type { Terminal } from '../terminal.ts';
import { wrappedTable } from '../wrapped-table.ts';

export default defineCommand({
  name: 'show',
  operands: '<id-or-table> [filter...]',
  summary: 'all that is known of one change; or a table',
  options: [['--new', 'of a table only what is not in the baseline']],
  notes: [
    'An id is shown by "telltale" and "telltale changes"; three characters are enough when only one begins so.',
    'Tables: "telltale show tables" lists them. Filters are column=value, column!=value and column~part:',
    '  telltale show accounts login=true',
    '  telltale show start-points kind=cron command~/tmp/',
  ].join('\n'),
  run,
});

/** Ids are hexadecimal; no table has such a name. */
const ID = /^[0-9a-f-]+$/i;

async function run(call: Call): Promise<number> {
  const [name = '', ...filters] = call.args;
  if (name === 'tables') return await listTables(call);
  if (!ID.test(name)) return await showTable(call, { table: name, filters, onlyNew: call.flag('new') });
  if (filters.length > 0)
    throw new VerbError(
      'USAGE',
      `Cannot filter one change: "${filters[0] ?? ''}" is too much. See: telltale show ${name}`,
    );
  await using opened = await openDesk(call, 'read');
  const result = await opened.desk.ask('show', { id: name });
  call.terminal.object(result);
  call.terminal.line(result);
  if (call.terminal.format === 'words') print(call.terminal, result);
  return exit.ok;
}

async function listTables(call: Call): Promise<number> {
  const { terminal } = call;
  await using opened = await openDesk(call, 'look');
  const { tables } = await opened.desk.ask('tables', {});
  terminal.object({ tables });
  for (const table of tables) terminal.line(table);
  if (terminal.format !== 'words') return exit.ok;
  const rows = tables.map(({ name, doc, sensor }) => [name, sensor === '' ? 'no' : 'yes', doc]);
  for (const line of wrappedTable(terminal, [{ heading: 'TABLE' }, { heading: 'WATCHED' }], 'ROWS ARE', rows))
    terminal.out(line);
  return exit.ok;
}

function print(terminal: Terminal, { alert, incident, others, history }: Verbs['show']['result']): void {
  const view = viewOn(terminal);
  const id = shortId(alert.id);
  terminal.out(paintSigns(terminal, alertBlock(alert, { ...view, width: Math.min(view.width, 110) })));
  terminal.out('');
  // What is not open says so in the block already.
  if (stateWords(alert, view) === 'open') terminal.out('  state   open');
  terminal.out(
    `  rule    ${alert.finding.rule}   ${terminal.paint('faint', typed(`telltale explain ${alert.finding.rule}`))}`,
  );
  for (const { timeMs, words } of history) terminal.out(`  ${moment(timeMs)}  ${visible(words)}`);
  if (others.length > 0) {
    const cause = causeWords(incident);
    terminal.out(`\nIn the same incident${cause === '' ? '' : `, ${cause}`}:`);
    for (const line of changeLinesOn(terminal, [{ incident: { ...incident, count: 1 }, alerts: others }], 20))
      terminal.out(line);
  }
  if (terminal.width === undefined || alert.state === 'closed') return;
  terminal.out(`\n  ack     ${typed(`telltale ack ${id}`)}  ${terminal.paint('faint', '(I have seen it)')}`);
  terminal.out(`  mute    ${typed(`telltale mute ${id} --for "8 h"`)}`);
}
