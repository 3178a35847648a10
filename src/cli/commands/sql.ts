/** `telltale sql "SELECT …"`: the last looks and the history, as tables for reading. */

import { parseDuration } from '#lib/duration.ts';
import { parseMoment } from '#lib/parse-moment.ts';
import { parseUint } from '#lib/parse-uint.ts';
import { textTable } from '#lib/text-table.ts';
import { VerbError } from '#model/verbs.ts';
import { sensors } from '#sensors/index.ts';
import { sqlName } from '#store/sql.ts';
import { askSqlApart, SQL_MEMORY_BYTES } from '#store/sql-apart.ts';
import { type Call, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { stateDirFor } from '../settings.ts';

const MOST_ROWS = 1_000_000;
const MOST_MS = 3_600_000;

export default defineCommand({
  name: 'sql',
  operands: '[select...]',
  summary: 'ask the last looks and the history: telltale sql "select exe, port from sockets"',
  options: [
    ['--at <time>', 'the tables as they stood then, as "03:00", "yesterday 22:15", "2 h ago"'],
    ['--limit <rows>', 'rows shown at most (default 1000)'],
    ['--time-limit <time>', 'a question without an end is given up after this (default 30 s)'],
    ['--tables', 'names and columns of all tables'],
  ],
  notes: [
    'Reads only, also while the daemon runs. Tables are those of "telltale show tables" that are watched, with "_" for',
    "\"-\"; and changes, alerts and acts. Times are milliseconds: datetime(time_ms / 1000, 'unixepoch', 'localtime').",
    'Details such as pids are those of when the row last changed; "telltale show TABLE" looks anew.',
    '',
    'What listened at 03:00?',
    '  telltale sql --at 03:00 "select protocol, address, port, exe from sockets where state = \'LISTEN\'"',
    'What changed since yesterday?',
    '  telltale sql "select datetime(time_ms/1000,\'unixepoch\'), table_name, type, after from changes order by 1"',
  ].join('\n'),
  run,
});

async function run(call: Call): Promise<number> {
  if (call.flag('tables')) return listColumns(call);
  const sql = call.args.join(' ').trim();
  if (sql === '') throw new VerbError('USAGE', 'Cannot ask nothing. Write: telltale sql "select * from sockets"');
  const { terminal } = call;
  const bounds = { timeMs: timeOf(call), memoryBytes: SQL_MEMORY_BYTES };
  const question = {
    stateDir: await stateDirFor(call.where, terminal),
    tables: sensors.map(({ table }) => table),
    sql,
    atMs: momentOf(call),
    limit: limitOf(call),
  };
  const answer = await askSqlApart(question, bounds);
  const objects = answer.rows.map((row) =>
    Object.fromEntries(answer.columns.map((name, index) => [name, row[index] ?? null])),
  );
  terminal.object({ columns: answer.columns, rows: objects, more: answer.more });
  for (const object of objects) terminal.line(object);
  if (terminal.format === 'words') {
    const lines = textTable(
      answer.columns.map((heading) => ({ heading, shrinkTo: Math.max(6, heading.length) })),
      answer.rows.map((row) => row.map((cell) => String(cell ?? '-'))),
      { ...(terminal.width !== undefined && { maxWidth: terminal.width }), ascii: terminal.ascii },
    );
    for (const [index, line] of lines.entries()) terminal.out(index === 0 ? terminal.paint('strong', line) : line);
  }
  if (answer.more) terminal.err(`There are more rows. Show more with: --limit ${answer.rows.length * 10}`);
  return exit.ok;
}

function timeOf(call: Call): number {
  const text = call.text('time-limit') ?? '30 s';
  const ms = parseDuration(text);
  if (ms === undefined || ms === 0 || ms > MOST_MS)
    throw new VerbError('USAGE', `Cannot wait "${text}". Write --time-limit "2 min", at most 1 h`);
  return ms;
}

function momentOf(call: Call): number | undefined {
  const text = call.text('at');
  if (text === undefined) return undefined;
  const ms = parseMoment(text, Date.now());
  if (ms === undefined)
    throw new VerbError('USAGE', `Cannot read --at "${text}". Write it as "03:00", "2026-11-21 03:00" or "2 h ago"`);
  return ms;
}

function limitOf(call: Call): number {
  const text = call.text('limit') ?? '1000';
  const limit = parseUint(text, MOST_ROWS);
  if (limit === undefined || limit === 0)
    throw new VerbError('USAGE', `Cannot show "${text}" rows. Write a number from 1 to ${MOST_ROWS}`);
  return limit;
}

function listColumns(call: Call): number {
  const { terminal } = call;
  const tables = [
    ...sensors.map(({ table }) => ({
      name: sqlName(table.name),
      columns: [...Object.keys(table.columns), 'since_ms'],
    })),
    { name: 'changes', columns: ['seq', 'time_ms', 'seen_ms', 'table_name', 'type', 'by', 'before', 'after'] },
    {
      name: 'alerts',
      columns: [
        'id',
        'first_ms',
        'last_ms',
        'state',
        'rule',
        'severity',
        'title',
        'subject',
        'exe',
        'user',
        'source_ip',
        'count',
        'explained_by',
        'incident',
      ],
    },
    { name: 'acts', columns: ['seq', 'time_ms', 'what', 'by', 'words'] },
  ];
  terminal.object({ tables });
  for (const table of tables) terminal.line(table);
  if (terminal.format === 'words')
    for (const { name, columns } of tables) terminal.out(`${name}: ${columns.join(', ')}`);
  return exit.ok;
}
