/** `telltale blocks`: who is blocked, why, since and until when, by what; `--never`: who never is, and why. */

import { visible } from '#lib/escape.ts';
import { textTable } from '#lib/text-table.ts';
import type { Block } from '#model/responder.ts';
import type { Desk } from '#model/verbs.ts';
import { blocksSentence, byWords, howWords, untilWords, whyWords } from '#views/block.ts';
import { ago, moment } from '#views/time.ts';
import { type Call, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { openDesk } from '../open-desk.ts';
import { nextOn, paragraph } from '../show-text.ts';
import type { Terminal } from '../terminal.ts';

export default defineCommand({
  name: 'blocks',
  summary: 'who is blocked: why, since and until when, by what, and how to undo it',
  options: [
    ['-a, --all', 'also those that ended'],
    ['--never', 'who is never blocked, and why'],
  ],
  notes: 'Examples:\n  telltale blocks --all --json\n  telltale blocks --never',
  run,
});

async function run(call: Call): Promise<number> {
  await using opened = await openDesk(call, 'look');
  return call.flag('never') ? await showNever(call.terminal, opened.desk) : await showBlocks(call, opened.desk);
}

const COLUMNS = [
  { heading: 'ADDRESS' },
  { heading: 'HOW' },
  { heading: 'SINCE', dropAt: 2 },
  { heading: 'UNTIL' },
  { heading: 'BY', dropAt: 1 },
  { heading: 'THROUGH', dropAt: 3, shrinkTo: 8 },
  { heading: 'WHY', shrinkTo: 20 },
];

async function showBlocks(call: Call, desk: Desk): Promise<number> {
  const { terminal } = call;
  const found = await desk.ask('blocks', { all: call.flag('all') });
  terminal.object(found);
  for (const block of found.blocks) terminal.line({ block });
  if (terminal.format !== 'words') return exit.ok;
  if (terminal.width !== undefined) terminal.out(paragraph(terminal, blocksSentence(found)));
  const rows = found.blocks.map((block) => rowOf(block, terminal.width === undefined));
  printRows(terminal, COLUMNS, rows);
  const first = found.blocks.find(({ endedMs }) => endedMs === 0);
  if (terminal.width === undefined || first === undefined) return exit.ok;
  if (!found.watching)
    terminal.out(
      paragraph(terminal, 'No daemon runs: only the kernel ends blocks now, and only those of nftables and ipset.'),
    );
  terminal.out(`\n${nextOn(terminal, `telltale unblock ${first.target} -m 'why'`)}`);
  return exit.ok;
}

function rowOf(block: Block, plain: boolean): readonly string[] {
  const nowMs = Date.now();
  return [
    block.target,
    howWords(block),
    plain ? moment(block.sinceMs) : ago(block.sinceMs, nowMs),
    plain && block.endedMs === 0 ? moment(block.untilMs) : untilWords(block, nowMs),
    block.by,
    byWords(block),
    whyWords(block),
  ];
}

async function showNever(terminal: Terminal, desk: Desk): Promise<number> {
  const { never, allowed } = await desk.ask('blocks.never', {});
  terminal.object({ never, allowed });
  for (const entry of never) terminal.line({ never: entry });
  for (const entry of allowed) terminal.line({ allowed: entry });
  if (terminal.format !== 'words') return exit.ok;
  const nowMs = Date.now();
  const rows = [
    ...allowed.map(({ prefix, by, reason, untilMs }) => [
      prefix,
      `allowed by ${by}${untilMs === 0 ? '' : `, ends ${terminal.width === undefined ? moment(untilMs) : ago(untilMs, nowMs)}`}: ${reason}`,
    ]),
    ...never.map(({ prefix, why }) => [prefix, why]),
  ];
  printRows(terminal, [{ heading: 'ADDRESS' }, { heading: 'WHY IT IS NEVER BLOCKED', shrinkTo: 20 }], rows);
  if (terminal.width !== undefined)
    terminal.out(`\n${nextOn(terminal, "telltale allow 192.0.2.7 --for '8 h' -m 'why'")}`);
  return exit.ok;
}

function printRows(
  terminal: Terminal,
  columns: Parameters<typeof textTable>[0],
  rows: readonly (readonly string[])[],
): void {
  const plain = terminal.width === undefined;
  const lines = textTable(columns, rows, plain ? {} : { maxWidth: terminal.width ?? 80, ascii: terminal.ascii });
  if (rows.length > 0 && !plain) for (const line of lines) terminal.out(line);
  if (plain) for (const row of rows) terminal.out(row.map((cell) => visible(cell)).join('\t'));
}
