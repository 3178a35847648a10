/** Who a scanner is, in a few words, for lists. */

import type { Cell } from '#model/table.ts';

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
