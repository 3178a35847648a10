/** `telltale` alone: one sentence, the open changes, the quiet facts. */

import { shortId } from '#lib/short-id.ts';
import type { OpenChange, Status } from '#model/verbs.ts';
import { statusWords } from '#views/status.ts';
import { type Call, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { openDesk } from '../open-desk.ts';
import { changeLinesOn, nextOn, paragraph } from '../show-text.ts';
import type { Terminal } from '../terminal.ts';

export default defineCommand({
  name: 'status',
  summary: 'one sentence and the open changes',
  notes: 'The exit code is 0 whatever is open; "telltale check" answers with its exit code.',
  run,
});

async function run(call: Call): Promise<number> {
  await using opened = await openDesk(call, 'read');
  const [status, { changes }] = await Promise.all([opened.desk.ask('status', {}), opened.desk.ask('changes', {})]);
  showStatus(call.terminal, status, changes);
  return exit.ok;
}

/** Prints it; `check` uses it as well. */
export function showStatus(terminal: Terminal, status: Status, changes: readonly OpenChange[]): void {
  terminal.object({ status, changes });
  terminal.line({ status });
  for (const change of changes) terminal.line({ change });
  if (terminal.format !== 'words') return;
  const words = statusWords(status, changes);
  terminal.out(terminal.paint('strong', paragraph(terminal, words.headline)));
  if (words.detail !== '') terminal.out(paragraph(terminal, words.detail));
  const lines = changeLinesOn(terminal, changes, 5);
  if (lines.length > 0) terminal.out(terminal.width === undefined ? lines.join('\n') : `\n${lines.join('\n')}\n`);
  terminal.out(terminal.paint('faint', paragraph(terminal, words.quiet)));
  const [gravest] = changes.flatMap(({ alerts }) => alerts);
  if (terminal.width === undefined) return;
  if (gravest !== undefined) terminal.out(nextOn(terminal, `telltale show ${shortId(gravest.id)}`));
  else if (!status.watching) terminal.out(nextOn(terminal, 'telltale daemon'));
  else terminal.out(nextOn(terminal, 'telltale sockets'));
}
