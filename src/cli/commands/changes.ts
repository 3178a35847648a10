/** `telltale changes`: what is open; with --all also what ended, with --quieted what is silenced and until when. */

import { parseDuration } from '#lib/duration.ts';
import { parseMoment } from '#lib/parse-moment.ts';
import { shortId } from '#lib/short-id.ts';
import { textTable } from '#lib/text-table.ts';
import type { Desk, OpenChange, Quiet } from '#model/verbs.ts';
import { VerbError } from '#model/verbs.ts';
import { ago, moment } from '#views/time.ts';
import { type Call, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { openDesk } from '../open-desk.ts';
import { changeLinesOn, nextOn } from '../show-text.ts';
import type { Terminal } from '../terminal.ts';

export default defineCommand({
  name: 'changes',
  summary: 'open changes, gravest first',
  options: [
    ['-a, --all', 'also what ended, was explained, accepted or muted'],
    ['-q, --quieted', 'acceptances and mutes in force (with --all also those that ended)'],
    ['--since <time>', 'only since so long ago, as "24 h" or "7 days"'],
    ['--limit <number>', 'at most so many incidents (default 50)'],
  ],
  notes: 'Examples:\n  telltale changes --all --since "24 h"\n  telltale changes --quieted',
  run,
});

async function run(call: Call): Promise<number> {
  // A person reads the gravest of a long incident, a program wants all of it.
  const each = call.terminal.format === 'words' ? {} : { each: 10_000 };
  const asked = { all: call.flag('all'), ...sinceOf(call), limit: limitOf(call), ...each };
  await using opened = await openDesk(call, 'read');
  if (call.flag('quieted')) return await showQuiets(call, opened.desk);
  const { changes } = await opened.desk.ask('changes', asked);
  const { terminal } = call;
  terminal.object({ changes });
  for (const { incident, alerts } of changes) for (const alert of alerts) terminal.line({ alert, incident });
  if (terminal.format === 'words') print(terminal, changes, asked.all);
  return exit.ok;
}

function print(terminal: Terminal, changes: readonly OpenChange[], all: boolean): void {
  const lines = changeLinesOn(terminal, changes, 50);
  if (lines.length > 0) terminal.out(lines.join('\n'));
  if (terminal.width === undefined) return;
  if (lines.length === 0) terminal.out(all ? 'Nothing was ever told here.' : 'Nothing is open.');
  const [first] = changes.flatMap(({ alerts }) => alerts);
  terminal.out(
    `\n${nextOn(terminal, first === undefined ? 'telltale changes --all' : `telltale show ${shortId(first.id)}`)}`,
  );
}

function sinceOf(call: Call): { readonly sinceMs?: number } {
  const text = call.text('since');
  if (text === undefined) return {};
  const nowMs = Date.now();
  const ms = parseDuration(text);
  const sinceMs = ms === undefined ? parseMoment(text, nowMs) : nowMs - ms;
  if (sinceMs === undefined)
    throw new VerbError('USAGE', `Cannot read --since "${text}". Write it as "24 h", "yesterday" or "2026-11-01"`);
  return { sinceMs };
}

function limitOf(call: Call): number {
  const text = call.text('limit') ?? '50';
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new VerbError('USAGE', `Cannot read --limit "${text}". Write a number from 1`);
}

async function showQuiets(call: Call, desk: Desk): Promise<number> {
  const { terminal } = call;
  const made = await desk.ask('quiets', { all: call.flag('all') });
  const quiets = [...made.quiets, ...(await acknowledged(desk))];
  terminal.object({ quiets });
  for (const quiet of quiets) terminal.line({ quiet });
  if (terminal.format !== 'words') return exit.ok;
  for (const line of quietTable(terminal, quiets)) terminal.out(line);
  if (terminal.width !== undefined)
    terminal.out(
      quiets.length === 0
        ? 'Nothing is quieted.'
        : `\n${nextOn(terminal, `telltale unmute ${shortId(quiets[0]?.id ?? '')}`)}`,
    );
  return exit.ok;
}

/** A quieting as it is listed: acknowledgements as well. */
type Quieted = Omit<Quiet, 'verb' | 'scope'> & { readonly verb: Quiet['verb'] | 'ack' };

/** What was only seen is no standing order, and quieted all the same: under the id of its alert. */
async function acknowledged(desk: Desk): Promise<readonly Quieted[]> {
  const { changes } = await desk.ask('changes', { all: true, sinceMs: Date.now(), limit: 1000 });
  return changes.flatMap(({ alerts }) =>
    alerts.flatMap(({ id, state, finding, quieted }): Quieted[] => {
      if (state !== 'acknowledged' || quieted === undefined) return [];
      const { by, reason, atMs, untilMs } = quieted;
      const { rule, subject, title } = finding;
      return [{ id, verb: 'ack', rule, subject, words: title, by, reason, madeMs: atMs, untilMs, endedMs: 0, hits: 1 }];
    }),
  );
}

function quietTable(terminal: Terminal, quiets: readonly Quieted[]): readonly string[] {
  if (quiets.length === 0) return [];
  const nowMs = Date.now();
  const plain = terminal.width === undefined;
  const rows = quiets.map((quiet) => [
    shortId(quiet.id),
    quiet.verb,
    quiet.words,
    untilWords(quiet, nowMs, plain),
    String(quiet.hits),
    quiet.by,
    quiet.reason,
  ]);
  return textTable(
    [
      { heading: 'ID' },
      { heading: 'VERB' },
      { heading: 'WHAT', shrinkTo: 24 },
      { heading: 'UNTIL' },
      { heading: 'HITS', align: 'right' },
      { heading: 'BY', dropAt: 1 },
      { heading: 'REASON', shrinkTo: 12 },
    ],
    rows,
    { ...(plain ? {} : { maxWidth: terminal.width ?? 80 }), ascii: terminal.ascii },
  );
}

function untilWords(quiet: Quieted, nowMs: number, plain: boolean): string {
  if (quiet.endedMs > 0) return `ended ${plain ? moment(quiet.endedMs) : ago(quiet.endedMs, nowMs)}`;
  if (quiet.untilMs === 0) return 'it changes';
  return plain ? moment(quiet.untilMs) : ago(quiet.untilMs, nowMs);
}
