/** `telltale coverage`: what could not be seen, and when. */

import { visible } from '#lib/escape.ts';
import { parseMoment } from '#lib/parse-moment.ts';
import { plural } from '#lib/plural.ts';
import { VerbError } from '#model/verbs.ts';
import { moment } from '#views/time.ts';
import { type Call, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { openDesk } from '../open-desk.ts';
import { paragraph, signOn } from '../show-text.ts';

export default defineCommand({
  name: 'coverage',
  summary: 'what could not be seen, and when',
  options: [['--since <time>', 'from then on, as "24 h ago", "yesterday" or "2026-11-01" (default: seven days)']],
  notes: [
    'Times in which a sense, a sensor or the whole watch was blind: stopped, killed, failing, losing events.',
    'Exit codes: 0 everything is seen now, 3 something is not.',
  ].join('\n'),
  run,
});

async function run(call: Call): Promise<number> {
  const { terminal } = call;
  const sinceMs = sinceOf(call);
  await using opened = await openDesk(call, 'read');
  const result = await opened.desk.ask('coverage', sinceMs === undefined ? {} : { sinceMs });
  terminal.object(result);
  for (const span of result.spans) terminal.line(span);
  if (terminal.format === 'words') {
    const words =
      result.spans.length === 0 ? 'Everything was seen' : `${plural(result.spans.length, 'time')} of blindness`;
    terminal.out(terminal.paint('strong', `${words} since ${moment(result.fromMs)}.`));
    for (const { what, why, fromMs, untilMs } of result.spans) {
      const until = untilMs === 0 ? 'now' : moment(untilMs);
      const words = `${moment(fromMs)} to ${until}  ${visible(what)}: ${visible(why)}`;
      terminal.out(`${signOn(terminal, untilMs === 0 ? 'watch' : 'settled')} ${paragraph(terminal, words, 2)}`);
    }
  }
  return result.spans.some(({ untilMs }) => untilMs === 0) ? exit.blind : exit.ok;
}

function sinceOf(call: Call): number | undefined {
  const text = call.text('since');
  if (text === undefined) return undefined;
  const ms = parseMoment(text.replace(/^(\d.*[a-z])$/i, '$1 ago'), Date.now()) ?? parseMoment(text, Date.now());
  if (ms === undefined)
    throw new VerbError('USAGE', `Cannot read --since "${text}". Write it as "24 h", "yesterday" or "2026-11-01"`);
  return ms;
}
