/** `telltale rehearse [NAME]`: does something harmless and shows that it was told, with the milliseconds. */

import { shorten, visible } from '#lib/escape.ts';
import { shortId } from '#lib/short-id.ts';
import { type Call, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { openDesk } from '../open-desk.ts';
import type { Rehearsed } from '../rehearsal.ts';
import { nextOn, signOn } from '../show-text.ts';

export default defineCommand({
  name: 'rehearse',
  operands: '[name...]',
  summary: 'do something harmless and see it told',
  notes: [
    'The daemon does it with its own hand, so it is explained and disturbs nobody; what is proven is that it was seen,',
    'judged and stored. Drills: listener (opens a port on 127.0.0.1 for a moment).',
    'Exit codes: 0 all told, 3 something was not told, 69 no daemon.',
  ].join('\n'),
  run,
});

async function run(call: Call): Promise<number> {
  const { terminal } = call;
  await using opened = await openDesk(call, 'daemon');
  const results = (await opened.askDaemon('rehearse', { names: [...call.args] })) as readonly Rehearsed[];
  terminal.object({ rehearsed: results });
  for (const result of results) terminal.line(result);
  const missed = results.filter(({ told }) => !told);
  if (terminal.format === 'words') {
    for (const result of results) {
      const words = result.told
        ? `told after ${result.tookMs} ms: ${shorten(visible(result.title), 200)}`
        : 'NOT TOLD within 10 s: the watch does not see this';
      terminal.out(
        `${signOn(terminal, result.told ? 'settled' : 'act')} ${visible(result.name)}: ${visible(result.did)}; ${words}`,
      );
      if (result.explainedBy !== '')
        terminal.out(
          `  explained as "${visible(result.explainedBy)}", so nobody was disturbed; telltale show ${shortId(result.id)}`,
        );
    }
    if (missed.length > 0) terminal.out(nextOn(terminal, 'telltale doctor'));
  }
  return missed.length === 0 ? exit.ok : exit.blind;
}
