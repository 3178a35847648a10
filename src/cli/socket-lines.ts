/** Sockets as lines: a table that fits the terminal, or in a pipe every column in full. */

import { processName } from '#lib/process-name.ts';
import { type TextColumn, textTable } from '#lib/text-table.ts';
import type { Row } from '#model/table.ts';
import type { MarkedRow } from '#model/verbs.ts';
import { ago } from '#views/time.ts';
import type { Style, Terminal } from './terminal.ts';

interface Shown extends TextColumn {
  cell(marked: MarkedRow, view: View): string;
}

interface View {
  readonly forgetful: boolean;
  readonly nowMs: number;
}

const text = (row: Row, column: string): string => String(row[column] ?? '');

// What goes first when the terminal is narrow: queues, package, unit, since; address, process and mark always stay.
const COLUMNS: readonly Shown[] = [
  { heading: 'MARK', cell: (marked, view) => markOf(marked, view) },
  { heading: 'PROTO', cell: ({ row }) => protocolOf(row) },
  { heading: 'STATE', dropAt: 5, cell: ({ row }) => text(row, 'state') },
  { heading: 'RECV-Q', align: 'right', dropAt: 9, cell: ({ row }) => text(row, 'receiveQueueBytes') },
  { heading: 'SEND-Q', align: 'right', dropAt: 9, cell: ({ row }) => text(row, 'sendQueueBytes') },
  { heading: 'LOCAL', shrinkTo: 21, cell: ({ row }) => localOf(row) },
  { heading: 'PEER', shrinkTo: 21, cell: ({ row }) => peerOf(row) },
  { heading: 'PID/PROGRAM', shrinkTo: 14, cell: (marked) => programOf(marked) },
  { heading: 'USER', shrinkTo: 6, dropAt: 2, cell: ({ row }) => text(row, 'user') },
  { heading: 'UNIT', shrinkTo: 10, dropAt: 6, cell: ({ row }) => text(row, 'unit') },
  { heading: 'PACKAGE', shrinkTo: 8, dropAt: 7, cell: ({ row }) => packageOf(row) },
  { heading: 'REACH', dropAt: 4, cell: ({ row }) => text(row, 'exposure') },
  {
    heading: 'WHERE',
    shrinkTo: 8,
    cell: ({ row }) => (text(row, 'namespace') === 'host' ? '' : text(row, 'namespace')),
  },
  { heading: 'SINCE', dropAt: 3, cell: ({ sinceMs }, { nowMs }) => (sinceMs > 0 ? ago(sinceMs, nowMs) : '') },
];

/** On a line shorter than this what always stays is cut further: an IPv4 address with its port still fits. */
const NARROW = 60;
const NARROW_SHRINK: Readonly<Record<string, number>> = { PROTO: 5, LOCAL: 15, PEER: 15, 'PID/PROGRAM': 9, WHERE: 4 };

const MARKS: Readonly<Record<string, Style>> = { new: 'watch', ours: 'note', known: 'settled' };

/** Heading and one line a socket, sorted as people look for them: protocol, port, address. */
export function socketLines(terminal: Terminal, rows: readonly MarkedRow[], view: View): readonly string[] {
  const sorted = rows.toSorted((a, b) => order(a.row).localeCompare(order(b.row), 'en', { numeric: true }));
  const cells = sorted.map((marked) => COLUMNS.map((column) => column.cell(marked, view)));
  // A column in which nothing stands says nothing; in a pipe it stays, so that programs find each at its place.
  const kept = COLUMNS.map((_, index) => index).filter(
    (index) => terminal.width === undefined || cells.some((row) => row[index] !== ''),
  );
  const lines = textTable(
    kept.map((index) => columnFor(COLUMNS[index] ?? { heading: '' }, terminal.width)),
    cells.map((row) => kept.map((index) => row[index] || (terminal.width === undefined ? '-' : ''))),
    {
      ...(terminal.width === undefined ? { padMost: 40 } : { maxWidth: terminal.width }),
      ascii: terminal.ascii,
      paint: (cell, _row, column) => (column === 0 ? terminal.paint(MARKS[cell.trim()] ?? 'faint', cell) : cell),
    },
  );
  return [terminal.paint('strong', lines[0] ?? ''), ...lines.slice(1)];
}

function columnFor(column: TextColumn, width = NARROW): TextColumn {
  const shrinkTo = NARROW_SHRINK[column.heading];
  return width >= NARROW || shrinkTo === undefined ? column : { ...column, shrinkTo };
}

function order(row: Row): string {
  const families = ['inet', 'inet6', 'packet', 'unix', 'netlink'];
  const inet = families.indexOf(text(row, 'family')) < 2;
  return `${inet ? 0 : families.indexOf(text(row, 'family'))} ${text(row, 'protocol')} ${text(row, 'port')} ${text(row, 'address')} ${text(row, 'path')}`;
}

function markOf({ row, mark }: MarkedRow, { forgetful }: View): string {
  return mark !== 'ours' && (forgetful || row['remotePort'] !== undefined) ? '-' : mark;
}

// As netstat says it: tcp6, udp6, raw6; Unix sockets by their kind.
function protocolOf(row: Row): string {
  const protocol = text(row, 'protocol');
  if (row['family'] === 'unix') return `unix-${protocol}`;
  return row['family'] === 'inet6' ? `${protocol}6` : protocol;
}

function place(address: string, port: string): string {
  return `${address.includes(':') ? `[${address}]` : address || '*'}:${port === '0' ? '*' : port}`;
}

function isInet(row: Row): boolean {
  return row['family'] === 'inet' || row['family'] === 'inet6';
}

function localOf(row: Row): string {
  const many = Number(row['count'] ?? 1) > 1 ? ` (${text(row, 'count')})` : '';
  if (!isInet(row)) return `${text(row, 'pathNow') || text(row, 'path') || text(row, 'interface') || '*'}${many}`;
  const number = row['protocol'] === 'raw' ? text(row, 'path') : text(row, 'port');
  return place(text(row, 'address'), number) + many;
}

function peerOf(row: Row): string {
  return isInet(row) && row['remotePort'] !== undefined
    ? place(text(row, 'remoteAddress'), text(row, 'remotePort'))
    : '';
}

function programOf({ row, mark }: MarkedRow): string {
  if (row['pid'] === 0) return '';
  const name = mark === 'ours' ? 'telltale' : processName(text(row, 'comm'), text(row, 'exe'));
  return `${text(row, 'pid')}/${name}`;
}

function packageOf(row: Row): string {
  const state = text(row, 'packageState');
  return text(row, 'package') + (state === 'altered' ? ' (altered)' : state === 'unpackaged' ? '(none)' : '');
}
