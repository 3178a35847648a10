/** `telltale rehearse [NAME]`: does something harmless and shows that it was told, with the milliseconds. */

import { drills } from '#drills/index.ts';
import { leftOut } from '#drills/left-out.ts';
import { harmless, shorten, visible } from '#lib/escape.ts';
import { shortId } from '#lib/short-id.ts';
import { VerbError } from '#model/verbs.ts';
import { type Call, defineCommand } from '../command.ts';
import { typed } from '../command-name.ts';
import { exit } from '../exit.ts';
import { openDesk } from '../open-desk.ts';
import type { Rehearsed } from '../rehearsal.ts';
import { nextOn, paragraph, signOn } from '../show-text.ts';
import type { Terminal } from '../terminal.ts';
import { wrappedTable } from '../wrapped-table.ts';

export default defineCommand({
  name: 'rehearse',
  operands: '[name...]',
  summary: 'do something harmless and see it told',
  options: [
    ['--all', 'every drill; some write a file below /etc for a moment, or set a value of the kernel'],
    ['--list', 'the names of the drills and what each does'],
  ],
  notes: [
    'The daemon does it with its own hand, so it is explained and disturbs nobody; what is proven is that it was seen,',
    'judged and stored. Each drill undoes what it did, also when it fails. Without a name: listener, which opens a port',
    'on 127.0.0.1 for a moment and touches no file.',
    'What does not apply to this host (no /var/www, no nft) is skipped, with the reason; so is what was told a moment ago and is not told anew.',
    'Exit codes: 0 all that was played is told, 3 something was not told, 69 no daemon.',
  ].join('\n'),
  run,
});

function list({ terminal }: Call): number {
  const known = drills.map(({ name, doc, rules }) => ({ name, doc, rules }));
  terminal.object({ drills: known, leftOut });
  for (const drill of known) terminal.line(drill);
  if (terminal.format !== 'words') return exit.ok;
  const rows = known.map(({ name, doc }) => [name, doc]);
  for (const line of wrappedTable(terminal, [{ heading: 'NAME' }], 'DOES', rows)) terminal.out(line);
  terminal.out('');
  terminal.out(terminal.paint('strong', 'NOT REHEARSED'));
  for (const { table, why } of leftOut) terminal.out(paragraph(terminal, `${table}: ${why}`));
  return exit.ok;
}

async function run(call: Call): Promise<number> {
  const { terminal } = call;
  if (call.flag('list')) return list(call);
  if (call.flag('all') && call.args.length > 0)
    throw new VerbError('USAGE', `Cannot rehearse "${call.args[0] ?? ''}" and all: leave one of them away`);
  await using opened = await openDesk(call, 'daemon');
  const names = call.flag('all') ? drills.map(({ name }) => name) : call.args;
  const results = (await opened.askDaemon('rehearse', { names })) as readonly Rehearsed[];
  terminal.object({ rehearsed: results });
  for (const result of results) terminal.line(result);
  const missed = results.filter(({ told, skipped }) => !told && skipped === '');
  if (terminal.format === 'words') {
    for (const result of results) for (const line of wordsOf(terminal, result)) terminal.out(line);
    if (missed.length > 0) terminal.out(nextOn(terminal, 'telltale doctor'));
  }
  return missed.length === 0 ? exit.ok : exit.blind;
}

function wordsOf(terminal: Terminal, result: Rehearsed): readonly string[] {
  if (result.skipped !== '')
    return [`${signOn(terminal, 'note')} ${visible(result.name)}: skipped: ${visible(result.skipped)}`];
  const words = result.told
    ? `told after ${result.tookMs} ms: ${shorten(harmless(result.title), 200)}`
    : 'NOT TOLD within 10 s: the watch does not see this';
  const sign = signOn(terminal, result.told ? 'settled' : 'act');
  const line = `${sign} ${visible(result.name)}: ${visible(result.did)}; ${words}`;
  if (result.explainedBy === '') return [line];
  const explained = `explained as "${visible(result.explainedBy)}", so nobody was disturbed`;
  return [line, `  ${explained}; ${typed(`telltale show ${shortId(result.id)}`)}`];
}
