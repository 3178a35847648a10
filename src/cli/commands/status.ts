/** `telltale` alone: one sentence, the open changes, the quiet facts. */

import { thousands } from '#lib/plural.ts';
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

/** Gravest first, so what a screen has no room for is what can wait. */
const MOST_CAUSES = 12;

function restLines(terminal: Terminal, { open }: Status, shown: readonly OpenChange[]): readonly string[] {
  const listed = shown.flatMap(({ alerts }) => alerts);
  const rest = open.act + open.watch + open.note - listed.filter(({ state }) => state === 'open').length;
  if (terminal.width === undefined || shown.length < MOST_CAUSES || rest <= 0) return [];
  return [paragraph(terminal, `and ${thousands(rest)} more: telltale changes`, 3, true)];
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
  const first = terminal.width === undefined ? changes : changes.slice(0, MOST_CAUSES);
  const lines = [...changeLinesOn(terminal, first, 5), ...restLines(terminal, status, first)];
  if (lines.length > 0) terminal.out(terminal.width === undefined ? lines.join('\n') : `\n${lines.join('\n')}\n`);
  terminal.out(terminal.paint('faint', paragraph(terminal, words.quiet)));
  const [gravest] = changes.flatMap(({ alerts }) => alerts);
  if (terminal.width === undefined) return;
  if (gravest !== undefined) terminal.out(nextOn(terminal, `telltale show ${shortId(gravest.id)}`));
  else if (!status.watching) terminal.out(nextOn(terminal, 'telltale daemon'));
  else terminal.out(nextOn(terminal, 'telltale sockets'));
}
