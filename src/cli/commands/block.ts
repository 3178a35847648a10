/** `telltale block ADDR`: shuts an address out by hand; `telltale block try`: whom answers would have hit. */

import { parseDuration } from '#lib/duration.ts';
import { visible } from '#lib/escape.ts';
import { plural } from '#lib/plural.ts';
import { shortId } from '#lib/short-id.ts';
import { textTable } from '#lib/text-table.ts';
import { VerbError, type Verbs } from '#model/verbs.ts';
import { blockedSentence } from '#views/block.ts';
import { ago, moment } from '#views/time.ts';
import { type Call, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { openDesk } from '../open-desk.ts';
import { untilOf } from '../quieting.ts';
import { nextOn, paragraph } from '../show-text.ts';
import type { Terminal } from '../terminal.ts';

const DAY_MS = 86_400_000;

export default defineCommand({
  name: 'block',
  operands: '<address>',
  summary: 'shut an address or network out, with an end',
  options: [
    ['--for <time>', 'how long, as "2 h" or "3 days" (default: the setting answers.for, longer on repeat)'],
    ['-m, --message <reason>', 'why, for the record'],
    [
      '-f, --force',
      'also one on the never-block list; never loopback, this host, a gateway, a name server, or yourself',
    ],
  ],
  notes:
    "ADDRESS is 192.0.2.7, 192.0.2.0/24, 2001:db8::7 or 2001:db8::/64.\n\nExamples:\n  telltale block 192.0.2.7 --for '1 h' -m 'guesses passwords'\n  telltale block try --since -24h",
  run,
  verbs: [
    {
      name: 'try',
      summary: 'whom answers would have hit, from the alerts since then; nothing is blocked',
      options: [['--since <time>', 'so long ago, as "-24h" or "7 days" (default 24 h)']],
      run: tryOut,
    },
  ],
});

async function run(call: Call): Promise<number> {
  const { terminal, args } = call;
  const [target = ''] = args;
  const reason = reasonFor(call, `telltale block ${target} -m 'reason'`);
  const untilMs = untilOf(call, 'for', 0);
  await using opened = await openDesk(call, 'write');
  const from = process.env['SSH_CONNECTION']?.split(' ')[0] ?? '';
  const asked = { target, untilMs, reason, insist: call.flag('force'), ...(from !== '' && { from }) };
  const done = await opened.desk.ask('block', asked);
  terminal.object(done);
  terminal.line(done);
  if (terminal.format !== 'words') return exit.ok;
  terminal.out(blockedSentence(done.block));
  for (const { target: inside } of done.ended) terminal.out(`It takes the place of the block of ${inside}.`);
  if (!done.watching) terminal.out('No daemon runs: only the kernel ends it then, or the next start of the daemon.');
  terminal.out(nextOn(terminal, `telltale unblock ${done.block.target} -m 'why'`));
  return exit.ok;
}

/** The reason, which the record needs; throws VerbError "USAGE" without one. */
export function reasonFor(call: Call, next: string): string {
  const reason = call.text('message')?.trim() ?? '';
  if (reason !== '') return reason.slice(0, 500);
  throw new VerbError('USAGE', `Why? The record needs a reason. Next: ${next}`);
}

async function tryOut(call: Call): Promise<number> {
  const { terminal } = call;
  const text = call.text('since') ?? '24 h';
  const ms = parseDuration(text.replace(/^-/, ''));
  if (ms === undefined) throw new VerbError('USAGE', `Cannot read --since "${text}". Write it as "-24h" or "7 days"`);
  await using opened = await openDesk(call, 'read');
  const sinceMs = Date.now() - ms;
  const found = await opened.desk.ask('block.try', { sinceMs });
  terminal.object({ sinceMs, ...found });
  for (const would of found.would) terminal.line({ would });
  for (const spared of found.spared) terminal.line({ spared });
  if (terminal.format === 'words')
    printTry(terminal, found, ms >= DAY_MS ? plural(Math.round(ms / DAY_MS), 'day') : text.replace(/^-/, ''));
  return exit.ok;
}

const COLUMNS = [
  { heading: 'WHEN' },
  { heading: 'ADDRESS' },
  { heading: 'WHAT WOULD HAVE HAPPENED' },
  { heading: 'CHANGE', dropAt: 1 },
  { heading: 'WHY', shrinkTo: 20 },
];

function printTry(terminal: Terminal, found: Verbs['block.try']['result'], since: string): void {
  const { would, spared, alerts } = found;
  const plain = terminal.width === undefined;
  const nowMs = Date.now();
  const when = (timeMs: number): string => (plain ? moment(timeMs) : ago(timeMs, nowMs));
  const rows = [
    ...would.map(({ timeMs, target, kind, alert, title }) => [
      when(timeMs),
      target,
      kind === 'drop' ? 'blocked' : 'slowed down',
      shortId(alert),
      title,
    ]),
    ...spared.map(({ timeMs, target, why, alert }) => [when(timeMs), target, 'left alone', shortId(alert), why]),
  ];
  if (plain) {
    for (const row of rows) terminal.out(row.map((cell) => visible(cell)).join('\t'));
    return;
  }
  const words =
    alerts === 0
      ? `Answers would have hit nobody in the last ${since}: no alert in that time was an attack from outside.`
      : `${plural(alerts, 'alert')} of the last ${since} would have been looked at: ${plural(would.length, 'block')}, ${plural(spared.length, 'source')} left alone.`;
  terminal.out(paragraph(terminal, words));
  if (alerts === 0) return;
  if (rows.length > 0)
    for (const line of textTable(COLUMNS, rows, { maxWidth: terminal.width ?? 80, ascii: terminal.ascii }))
      terminal.out(line);
  terminal.out(
    `\n${nextOn(terminal, found.mode === 'on' ? 'telltale blocks' : 'set answers.mode to "on" in the settings, then restart the daemon')}`,
  );
}
