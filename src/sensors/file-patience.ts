/** How long a change of a watched file waits for tables that know what it means. */

import type { FileFacts } from './file-facts.ts';
import { isToldElsewhere } from './file-places.ts';

/** Tables that know what a file means speak first, mostly within 100 ms; who is later takes the alert over. */
const OTHERS_FIRST_MS = 500;
/** A file that was made and not yet closed is looked at this late. */
const OPEN_MS = 600;
/** What sed -i and vim make for a moment; one that stays is told as any other. */
const TEMPORARY = /\/(?:sed[A-Za-z0-9]{6}|4913)$/;

/** Milliseconds that the look at it waits; `written`: somebody has closed it after writing. */
export function patienceMs(path: string, facts: FileFacts | undefined, written: boolean): number {
  if (isToldElsewhere(path)) return OTHERS_FIRST_MS;
  if (facts !== undefined && TEMPORARY.test(path)) return OPEN_MS;
  return facts?.row.type === 'file' && facts.row.sizeBytes === 0 && !written ? OPEN_MS : 0;
}
