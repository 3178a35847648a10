/** `telltale scans`: who scans, how, since when, what they tried and learned, how sure that is, and whether they are blocked. */

import { shorten, visible } from '#lib/escape.ts';
import { plural } from '#lib/plural.ts';
import { shortId } from '#lib/short-id.ts';
import { textTable } from '#lib/text-table.ts';
import type { Cell } from '#model/table.ts';
import type { ShownScan, Verbs } from '#model/verbs.ts';
import { howWords } from '#views/block.ts';
import { laterWords, senderWords } from '#views/sender.ts';
import { ago, moment } from '#views/time.ts';
import { type Call, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { openDesk } from '../open-desk.ts';
import { nextOn, paragraph, tellGaps } from '../show-text.ts';
import type { Terminal } from '../terminal.ts';

export default defineCommand({
  name: 'scans',
  summary: 'who scans this host, and whom it scans; --all: also what is over',
  options: [['-a, --all', 'also those of the last 30 days that are over']],
  notes: [
    'HOW SURE: confirmed (completed a handshake), alive (reacted to our answers), unconfirmed, silent (did not react),',
    'forged, decoys (one of several senders is real).',
    '',
    'Examples:',
    '  telltale scans --all',
    '  telltale scans --all --jsonl | jq -r .scan.alert.finding.source.ip',
  ].join('\n'),
  run,
});

const COLUMNS = [
  { heading: 'ID' },
  { heading: 'FROM' },
  { heading: 'HOW', shrinkTo: 12 },
  { heading: 'WHEN' },
  { heading: 'RESULT', shrinkTo: 16 },
  { heading: 'PORTS', shrinkTo: 10, dropAt: 2 },
  { heading: 'HOW SURE', dropAt: 1 },
  { heading: 'BLOCKED', dropAt: 3 },
  { heading: 'WHO', shrinkTo: 12, dropAt: 1 },
  { heading: 'LATER', shrinkTo: 12, dropAt: 4 },
];

async function run(call: Call): Promise<number> {
  const { terminal } = call;
  const all = call.flag('all');
  await using opened = await openDesk(call, 'look');
  const found = await opened.desk.ask('scans', { all });
  terminal.object(found);
  for (const scan of found.scans) terminal.line({ scan });
  if (terminal.format === 'words') show(terminal, found, all);
  return exit.ok;
}

function show(terminal: Terminal, found: Verbs['scans']['result'], all: boolean): void {
  const plain = terminal.width === undefined;
  if (!plain) terminal.out(paragraph(terminal, sentence(found, all)));
  const rows = found.scans.map((scan) => rowOf(scan, plain));
  if (plain) for (const row of rows) terminal.out(row.join('\t'));
  else if (rows.length > 0) {
    const fit = { maxWidth: terminal.width ?? 80, ascii: terminal.ascii };
    for (const line of textTable(COLUMNS, rows, fit)) terminal.out(line);
  }
  tellGaps(terminal, found.gaps);
  const [first] = found.scans;
  if (!plain && first !== undefined) terminal.out(`\n${nextOn(terminal, `telltale show ${shortId(first.alert.id)}`)}`);
}

function sentence({ watching, scans }: Verbs['scans']['result'], all: boolean): string {
  const going = scans.filter(({ alert }) => alert.state !== 'closed').length;
  const inside = scans.filter(
    ({ alert }) => alert.state !== 'closed' && alert.finding.facts['form'] === 'login',
  ).length;
  const login = inside === 0 ? '' : `${plural(inside, 'scanner')} ${inside === 1 ? 'is' : 'are'} LOGGED IN now. `;
  const now = going === 0 ? 'No scan goes on.' : `${plural(going, 'scan')} ${going === 1 ? 'goes' : 'go'} on.`;
  const over = all ? ` ${plural(scans.length - going, 'scan')} of the last 30 days ended.` : '';
  return watching ? `${login}${now}${over}` : `No daemon runs, so nobody hears packets.${over}`;
}

function rowOf({ alert, row, block, later }: ShownScan, plain: boolean): readonly string[] {
  const { facts, source, subject } = alert.finding;
  const now = (name: string): string => words(row?.[name] ?? facts[name]);
  const from = source?.ip ?? subject.split(' ').slice(2).join(' ');
  return [
    shortId(alert.id),
    shorten(visible(from), 45),
    now('option') === '' ? now('kind') : `${now('kind')} (${now('option')})`,
    plain ? moment(alert.lastMs) : ago(alert.lastMs, Date.now()),
    now('score'),
    shorten(now('ports'), 80),
    now('verdict'),
    block === undefined ? '' : howWords(block),
    shorten(visible(senderWords({ ...facts, ...row })), 120),
    laterWords(later),
  ];
}

function words(cell: Cell | undefined): string {
  return cell === undefined ? '' : visible(Array.isArray(cell) ? cell.join(', ') : String(cell));
}
