/** Processes as lines: the columns of ps aux, unit, package, mark and signs; as a list or as a tree. */

import { type TextColumn, textTable } from '#lib/text-table.ts';
import type { Row } from '#model/table.ts';
import type { MarkedRow } from '#model/verbs.ts';
import { ago } from '#views/time.ts';
import type { Style, Terminal } from './terminal.ts';

interface Shown extends TextColumn {
  cell(marked: MarkedRow, nowMs: number): string;
}

const text = (row: Row, column: string): string => String(row[column] ?? '');

// What goes first when the terminal is narrow: terminal, package, unit; mark, pid, user and command always stay, and the command is not cut to a stump before they go.
const COLUMNS: readonly Shown[] = [
  { heading: 'MARK', cell: ({ row, mark }) => (row['kernel'] === true ? 'kernel' : mark) },
  { heading: 'USER', shrinkTo: 6, cell: ({ row }) => text(row, 'user') },
  { heading: 'PID', align: 'right', cell: ({ row }) => text(row, 'pid') },
  { heading: 'PPID', align: 'right', dropAt: 6, cell: ({ row }) => text(row, 'parentPid') },
  { heading: '%CPU', align: 'right', dropAt: 4, cell: ({ row }) => text(row, 'cpu') },
  { heading: '%MEM', align: 'right', dropAt: 10, cell: ({ row }) => text(row, 'memory') },
  { heading: 'VSZ', align: 'right', dropAt: 11, cell: ({ row }) => memoryOf(Number(row['virtualKb'] ?? 0)) },
  { heading: 'RSS', align: 'right', dropAt: 5, cell: ({ row }) => memoryOf(Number(row['residentKb'])) },
  { heading: 'TTY', dropAt: 9, cell: ({ row }) => text(row, 'tty') },
  { heading: 'STAT', dropAt: 8, cell: ({ row }) => text(row, 'state') },
  { heading: 'START', dropAt: 3, cell: ({ row }, nowMs) => ago(Number(row['startedMs']), nowMs) },
  { heading: 'TIME', align: 'right', dropAt: 7, cell: ({ row }) => timeOf(Number(row['cpuMs'])) },
  { heading: 'UNIT', shrinkTo: 10, dropAt: 2, cell: ({ row }) => text(row, 'unit') || text(row, 'from') },
  { heading: 'PACKAGE', shrinkTo: 8, dropAt: 1, cell: ({ row }) => packageOf(row) },
  { heading: 'SIGNS', shrinkTo: 10, cell: ({ row }) => (Array.isArray(row['signs']) ? row['signs'].join(', ') : '') },
  { heading: 'COMMAND', shrinkTo: 36, cell: ({ row }) => commandOf(row) },
];

const MARKS: Readonly<Record<string, Style>> = { new: 'watch', ours: 'note', known: 'settled' };

/** Heading and one line a process, by number, or as a tree: children below their parent. */
export function processLines(
  terminal: Terminal,
  rows: readonly MarkedRow[],
  view: { readonly tree: boolean; readonly nowMs: number },
): readonly string[] {
  const placed = view.tree ? treeOf(rows) : byNumber(rows).map((marked) => ({ marked, depth: 0 }));
  const cells = placed.map(({ marked, depth }) =>
    COLUMNS.map((column, index) =>
      index === COLUMNS.length - 1
        ? `${branch(depth, terminal.ascii)}${column.cell(marked, view.nowMs)}`
        : column.cell(marked, view.nowMs),
    ),
  );
  // A column in which nothing stands says nothing; in a pipe it stays, so that programs find each at its place.
  const kept = COLUMNS.map((_, index) => index).filter(
    (index) => terminal.width === undefined || cells.some((row) => row[index] !== ''),
  );
  const lines = textTable(
    kept.map((index) => COLUMNS[index] ?? { heading: '' }),
    cells.map((row) => kept.map((index) => row[index] || (terminal.width === undefined ? '-' : ''))),
    {
      ...(terminal.width === undefined ? {} : { maxWidth: terminal.width }),
      ascii: terminal.ascii,
      paint: (cell, _row, column) => (column === 0 ? terminal.paint(MARKS[cell.trim()] ?? 'faint', cell) : cell),
    },
  );
  return [terminal.paint('strong', lines[0] ?? ''), ...lines.slice(1)];
}

/**
 * The rows that match, with their ancestors and all their descendants: what a tree needs to be one.
 */
export function withFamily(rows: readonly MarkedRow[], matches: (marked: MarkedRow) => boolean): MarkedRow[] {
  const byPid = new Map(rows.map((marked) => [Number(marked.row['pid']), marked]));
  const kept = new Set<number>();
  for (const marked of rows.filter(matches)) {
    for (let at: MarkedRow | undefined = marked; at !== undefined; at = byPid.get(Number(at.row['parentPid']))) {
      const pid = Number(at.row['pid']);
      if (kept.has(pid)) break;
      kept.add(pid);
    }
  }
  const roots = new Set(rows.filter(matches).map(({ row }) => Number(row['pid'])));
  const isBelow = (marked: MarkedRow): boolean => {
    const passed = new Set<number>();
    for (let pid = Number(marked.row['pid']); !passed.has(pid); ) {
      if (roots.has(pid)) return true;
      passed.add(pid);
      pid = Number(byPid.get(pid)?.row['parentPid'] ?? pid);
    }
    return false;
  };
  return rows.filter((marked) => kept.has(Number(marked.row['pid'])) || isBelow(marked));
}

function byNumber(rows: readonly MarkedRow[]): MarkedRow[] {
  return rows.toSorted((a, b) => Number(a.row['pid']) - Number(b.row['pid']));
}

interface Placed {
  readonly marked: MarkedRow;
  readonly depth: number;
}

/** Depth first, by number; a process whose parent is not shown begins a tree of its own. */
function treeOf(rows: readonly MarkedRow[]): Placed[] {
  const sorted = byNumber(rows);
  const pids = new Set(sorted.map(({ row }) => Number(row['pid'])));
  const children = Map.groupBy(sorted, ({ row }) => {
    const parent = Number(row['parentPid']);
    return pids.has(parent) && parent !== Number(row['pid']) ? parent : 0;
  });
  const placed: Placed[] = [];
  const waiting: Placed[] = (children.get(0) ?? []).toReversed().map((marked) => ({ marked, depth: 0 }));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { marked, depth } = next;
    placed.push(next);
    for (const child of (children.get(Number(marked.row['pid'])) ?? []).toReversed())
      waiting.push({ marked: child, depth: depth + 1 });
  }
  return placed;
}

function branch(depth: number, ascii: boolean): string {
  return depth === 0 ? '' : `${'  '.repeat(depth - 1)}${ascii ? '`-' : '└─'} `;
}

function commandOf(row: Row): string {
  if (row['kernel'] === true) return `[${text(row, 'comm')}]`;
  return text(row, 'cmdline') || `(${text(row, 'comm')})`;
}

function packageOf(row: Row): string {
  const state = text(row, 'packageState');
  return text(row, 'package') + (state === 'altered' ? ' (altered)' : state === 'unpackaged' ? '(none)' : '');
}

/** KiB as ps does not: "12M". */
function memoryOf(kb: number): string {
  if (kb < 10_000) return `${kb}K`;
  return kb < 10_000_000 ? `${Math.round(kb / 1024)}M` : `${Math.round(kb / 1_048_576)}G`;
}

/** "1:02" minutes and seconds, as ps shows TIME. */
function timeOf(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
