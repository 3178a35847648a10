/** A difference that no rule words, in the words of its table's columns. */

import { shorten, visible } from '#lib/escape.ts';
import type { Cell, Change, Row, Table } from '#model/table.ts';

const longestValue = 120;
const longestTitle = 300;

/** 'sockets: family inet, protocol tcp, port 22 is gone'; for a change of columns what they were and are. */
export function plainTitle(table: Table, change: Change): string {
  const row = change.type === 'removed' ? change.before : change.after;
  const name = table.key.flatMap((column) => (says(row[column]) ? [`${plain(column)} ${shown(row[column])}`] : []));
  const verb = change.type === 'changed' ? `differs${movesOf(table, change.before, change.after)}` : ends[change.type];
  return shorten(`${plain(table.name)}: ${name.join(', ') || 'a row'} ${verb}`, longestTitle);
}

const ends = { added: 'is new', removed: 'is gone' } as const;

function movesOf({ compared }: Table, before: Row, after: Row): string {
  const moves = compared.flatMap((column) => {
    const [was, is] = [shown(before[column]), shown(after[column])];
    return was === is ? [] : [`${plain(column)} was ${was || 'empty'}, is ${is || 'empty'}`];
  });
  return moves.length === 0 ? '' : `: ${moves.join('; ')}`;
}

/** Nothing, none and zero name nothing. */
function says(cell: Cell | undefined): boolean {
  return cell !== undefined && cell !== '' && cell !== 0 && cell !== false && shown(cell) !== '';
}

function shown(cell: Cell | undefined): string {
  const text = Array.isArray(cell) ? cell.join(', ') : String(cell ?? '');
  return shorten(visible(text), longestValue);
}

/** "exeNow" → "exe now", "start-points" → "start points". */
function plain(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).replaceAll('-', ' ');
}
