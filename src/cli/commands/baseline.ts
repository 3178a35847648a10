/** `telltale baseline generate|compare|delete|show|diff`: what is normal here. */

import { visible } from '#lib/escape.ts';
import { plural } from '#lib/plural.ts';
import { type Desk, type TableInfo, VerbError } from '#model/verbs.ts';
import { moment } from '#views/time.ts';
import { changeLine, rowWords } from '../baseline-words.ts';
import { type Call, defineCommand } from '../command.ts';
import { compare } from '../compare.ts';
import { exit } from '../exit.ts';
import { openDesk } from '../open-desk.ts';
import { nextOn } from '../show-text.ts';
import { socketLines } from '../socket-lines.ts';
import { orBlind } from './check.ts';

export default defineCommand({
  name: 'baseline',
  summary: 'what is normal here',
  verbs: [
    {
      name: 'generate',
      summary: 'take what is here now as normal (but nothing that is dangerous in itself)',
      options: [['-m, --message <reason>', 'why, for the record']],
      run: generate,
    },
    {
      name: 'compare',
      summary: 'look now and say what differs; never moves the baseline, needs no daemon',
      options: [['--mail', 'mail what differs through the mail channels']],
      notes: 'Exit codes: 0 nothing differs, 1 note or watch, 2 act, 3 could not look.',
      run: (call) => orBlind(call, compare),
    },
    {
      name: 'delete',
      summary: 'forget what is normal; what was told stays',
      options: [
        ['-m, --message <reason>', 'why, for the record'],
        ['-y, --yes', 'needed where nobody can be asked'],
      ],
      run: remove,
    },
    {
      name: 'show',
      operands: '[version]',
      summary: 'what is in it',
      run: show,
    },
    {
      name: 'diff',
      operands: '[from] [to]',
      summary: 'what one version has and another has not; alone: the versions',
      run: diff,
    },
  ],
});

async function generate(call: Call): Promise<number> {
  const result = await generated(call);
  const { terminal } = call;
  terminal.object(result);
  terminal.line(result);
  if (terminal.format !== 'words') return exit.ok;
  terminal.out(`Baseline ${result.version}: ${plural(result.rows, 'fact')} are normal now.`);
  for (const refused of result.refused) terminal.out(`  not taken, dangerous in itself: ${visible(refused)}`);
  if (terminal.width !== undefined)
    terminal.out(nextOn(terminal, result.refused.length > 0 ? 'telltale changes' : 'telltale baseline compare'));
  return exit.ok;
}

/** Asks for a new baseline; `lsm -g` uses it as well. */
export async function generated(call: Call) {
  await using opened = await openDesk(call, 'write');
  return await opened.desk.ask('baseline.generate', { reason: call.text('message') ?? 'generated' });
}

/** Asks to forget it; `lsm -d` uses it as well. */
export async function deleted(call: Call) {
  await using opened = await openDesk(call, 'change');
  return await opened.desk.ask('baseline.delete', { reason: call.text('message') ?? 'deleted' });
}

async function remove(call: Call): Promise<number> {
  const { terminal } = call;
  if (!call.flag('yes')) {
    throw new VerbError(
      'USAGE',
      'Without a baseline everything is new and nothing is normal. To delete it all the same: telltale baseline delete --yes',
    );
  }
  const result = await deleted(call);
  terminal.object(result);
  terminal.line(result);
  if (terminal.format === 'words')
    terminal.out(
      `Deleted: ${plural(result.deleted, 'fact')} are no longer normal. ${nextOn(terminal, 'telltale baseline generate')}`,
    );
  return exit.ok;
}

async function show(call: Call): Promise<number> {
  const { terminal } = call;
  const version = versionOf(call.args[0]);
  await using opened = await openDesk(call, 'read');
  const result = await opened.desk.ask('baseline.show', version === undefined ? {} : { version });
  terminal.object(result);
  for (const row of result.rows) terminal.line(row);
  if (terminal.format !== 'words') return exit.ok;
  const marked = result.rows
    .filter(({ table }) => table === 'sockets')
    .map(({ row }) => ({ row, mark: 'known' as const, sinceMs: 0 }));
  if (terminal.width !== undefined) {
    terminal.out(
      `Baseline ${result.version} of ${moment(result.madeMs)}, by ${visible(result.by)}: ${visible(result.reason)}`,
    );
  }
  for (const line of socketLines(terminal, marked, { forgetful: false, nowMs: Date.now() })) terminal.out(line);
  const others = result.rows.filter(({ table }) => table !== 'sockets');
  const tables = await tablesOf(opened.desk);
  if (terminal.width === undefined)
    for (const { table, row } of others) terminal.out(`${table}\t${rowWords(row, tables.get(table))}`);
  else if (others.length > 0)
    terminal.out(`\n${countsOf(others)}\n${nextOn(terminal, 'telltale baseline show --jsonl')}`);
  return exit.ok;
}

async function diff(call: Call): Promise<number> {
  const { terminal } = call;
  await using opened = await openDesk(call, 'read');
  const from = versionOf(call.args[0]);
  const newest = (await opened.desk.ask('baseline.show', {})).version;
  const result = await opened.desk.ask('baseline.diff', {
    from: from ?? newest,
    to: versionOf(call.args[1]) ?? newest,
  });
  terminal.object(result);
  const listed = from === undefined ? result.versions : result.differences;
  for (const item of listed) terminal.line(item);
  if (terminal.format !== 'words') return exit.ok;
  if (from === undefined) {
    for (const { version, madeMs, by, reason, rows } of result.versions) {
      terminal.out([String(version), moment(madeMs), plural(rows, 'fact'), visible(by), visible(reason)].join('  '));
    }
    return exit.ok;
  }
  const tables = await tablesOf(opened.desk);
  for (const { table, change } of result.differences) terminal.out(changeLine(table, change, tables.get(table)));
  if (result.differences.length === 0) terminal.out('The versions are equal.');
  return exit.ok;
}

async function tablesOf(desk: Desk): Promise<ReadonlyMap<string, TableInfo>> {
  const { tables } = await desk.ask('tables', {});
  return new Map(tables.map((table) => [table.name, table]));
}

/** "and 418 start-points, 26 accounts" … */
function countsOf(rows: readonly { readonly table: string }[]): string {
  const tables = Map.groupBy(rows, ({ table }) => table);
  return `And ${[...tables].map(([table, { length }]) => `${length} ${table}`).join(', ')}.`;
}

function versionOf(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  if (/^\d{1,9}$/.test(given)) return Number(given);
  throw new VerbError('USAGE', `Cannot read version "${given}". The versions: telltale baseline diff`);
}
