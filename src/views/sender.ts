/** Who a scanner is and what it did later, in a few words, for lists. */

import { plural } from '#lib/plural.ts';
import type { Cell } from '#model/table.ts';
import type { LaterDeed } from '#model/verbs.ts';

/**
 * Its name (marked as a claim by its quotes), who runs its network, and where; its special use where it is nobody's on the Internet.
 * Reads a row of the table "scans" or the facts of an alert about one. Not escaped.
 */
export function senderWords(of: Readonly<Record<string, Cell>>): string {
  const text = (key: string): string => (typeof of[key] === 'string' ? of[key] : '');
  const name = text('reverseName') || text('name');
  const special = /\((.+)\)$/.exec(text('network'))?.[1] ?? '';
  return [name === '' ? '' : `"${name}"`, text('operator'), text('country'), special].filter(Boolean).join(', ');
}

/** "scanned again 2 times, came back for what it found, LOGGED IN"; "" where nothing more was heard of it. */
export function laterWords(later: readonly LaterDeed[] = []): string {
  const count = (wanted: LaterDeed['what']): number => later.filter(({ what }) => what === wanted).length;
  const again = count('again');
  return [
    again === 0 ? '' : `scanned again${again === 1 ? '' : ` ${plural(again, 'time')}`}`,
    count('back') === 0 ? '' : 'came back for what it found',
    count('inside') === 0 ? '' : 'LOGGED IN',
  ]
    .filter(Boolean)
    .join(', ');
}
