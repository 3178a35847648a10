/** `telltale show ID`: all that is known of one change, what became of it, and what to do. */

import { visible } from '#lib/escape.ts';
import { shortId } from '#lib/short-id.ts';
import type { Verbs } from '#model/verbs.ts';
import { alertBlock, stateWords } from '#views/alert.ts';
import { causeWords } from '#views/incident.ts';
import { moment } from '#views/time.ts';
import { type Call, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { openDesk } from '../open-desk.ts';
import { changeLinesOn, paintSigns, viewOn } from '../show-text.ts';
import type { Terminal } from '../terminal.ts';

export default defineCommand({
  name: 'show',
  operands: '<id>',
  summary: 'all that is known of one change',
  notes: 'An id is shown by "telltale" and "telltale changes"; three characters are enough when only one begins so.',
  run,
});

async function run(call: Call): Promise<number> {
  await using opened = await openDesk(call, 'read');
  const result = await opened.desk.ask('show', { id: call.args[0] ?? '' });
  call.terminal.object(result);
  call.terminal.line(result);
  if (call.terminal.format === 'words') print(call.terminal, result);
  return exit.ok;
}

function print(terminal: Terminal, { alert, incident, others, history }: Verbs['show']['result']): void {
  const view = viewOn(terminal);
  const id = shortId(alert.id);
  terminal.out(paintSigns(terminal, alertBlock(alert, { ...view, width: Math.min(view.width, 110) })));
  terminal.out('');
  terminal.out(`  state   ${stateWords(alert, view)}`);
  terminal.out(
    `  rule    ${alert.finding.rule}   ${terminal.paint('faint', `telltale explain ${alert.finding.rule}`)}`,
  );
  for (const { timeMs, words } of history) terminal.out(`  ${moment(timeMs)}  ${visible(words)}`);
  if (others.length > 0) {
    const cause = causeWords(incident);
    terminal.out(`\nIn the same incident${cause === '' ? '' : `, ${cause}`}:`);
    for (const line of changeLinesOn(terminal, [{ incident: { ...incident, count: 1 }, alerts: others }], 20))
      terminal.out(line);
  }
  if (terminal.width === undefined || alert.state === 'closed') return;
  terminal.out(`\n  ack     telltale ack ${id}  ${terminal.paint('faint', '(I have seen it)')}`);
  terminal.out(`  mute    telltale mute ${id} --for "8 h"`);
}
