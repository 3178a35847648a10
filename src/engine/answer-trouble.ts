/** What goes wrong with answers is an alert: whoever was to be shut out is not. */

import type { Block } from '#model/responder.ts';
import type { Ledger } from './ledger.ts';
import { endTrouble, raiseTrouble } from './self-watch.ts';
import type { Turn } from './turn.ts';

/** One alert a responder that failed with one of these blocks; it closes when it worked for all of them. */
export function tellFailures(ledger: Ledger, blocks: readonly Block[], turn: Turn): void {
  const told = new Map<string, string | undefined>();
  for (const block of blocks)
    for (const [way, { failure }] of Object.entries(block.done)) told.set(way, told.get(way) ?? failure);
  for (const [subject, failure] of told) {
    if (failure === undefined) endTrouble(ledger, { rule: 'answer-failed', subject, words: 'it works again' }, turn);
    else {
      const title = `A block could not be changed by "${subject}": ${failure}`;
      raiseTrouble(ledger, { rule: 'answer-failed', subject, title, facts: { responder: subject, failure } }, turn);
    }
  }
}

/** Without the never-block list a block could hit a gateway: nothing is answered until it can be read again. */
export function tellUnspared(ledger: Ledger, failure: string, turn: Turn): void {
  const title = `Attacks are not answered: the never-block list cannot be read: ${failure}`;
  raiseTrouble(ledger, { rule: 'answer-failed', subject: 'never-block list', title, facts: { failure } }, turn);
}
