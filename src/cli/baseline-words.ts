/** Rows of the baseline, and what differs between two versions, a line each. */

import { shorten, visible } from '#lib/escape.ts';
import type { Change, Row } from '#model/table.ts';
import type { TableInfo } from '#model/verbs.ts';

/** "+ accounts  bob", or what moved under the same key: "~ files  /etc/passwd  mode: 0644 → 0666". */
export function changeLine(table: string, change: Change, info: TableInfo | undefined): string {
  if (change.type === 'added') return `+ ${table}  ${rowWords(change.after, info)}`;
  if (change.type === 'removed') return `- ${table}  ${rowWords(change.before, info)}`;
  return `~ ${table}  ${rowWords(change.after, info)}${movesOf(change, info?.compared ?? [])}`;
}

/** "  mode: 0644 → 0755": what differs under the same key. */
function movesOf({ before, after }: Extract<Change, { type: 'changed' }>, compared: readonly string[]): string {
  const moves = compared.filter((column) => cellText(before, column) !== cellText(after, column));
  return moves
    .map((column) => `  ${column}: ${cellText(before, column) || '(empty)'} → ${cellText(after, column) || '(empty)'}`)
    .join('');
}

/** What names a row: of a socket what people ask first, else its identity in the order of the table. */
export function rowWords(row: Row, info: TableInfo | undefined): string {
  const isSocket = 'protocol' in row && 'address' in row;
  const columns = isSocket ? ['protocol', '', 'exe', 'user', 'unit'] : (info?.key ?? Object.keys(row));
  return columns
    .map((column) => (column === '' ? placeOf(row) : cellText(row, column)))
    .filter((part) => part !== '')
    .join('  ');
}

/** "0.0.0.0:80", or the path of a Unix socket. */
function placeOf(row: Row): string {
  const path = cellText(row, 'path');
  return path === '' || Number(row['port']) > 0 ? `${cellText(row, 'address')}:${cellText(row, 'port')}` : path;
}

function cellText(row: Row, column: string): string {
  const cell = row[column] ?? '';
  return shorten(visible(Array.isArray(cell) ? cell.join(', ') : String(cell)), 200);
}
