/** What people do about alerts: the one dialog that is open, and what was done last. */

import type { AlertView, QuietDone } from '../api/shapes.ts';
import { ask } from './api.ts';
import { live } from './live.svelte.ts';

class Acts {
  /** The dialog that is open, and about what. */
  open: { readonly verb: 'accept' | 'mute'; readonly alert: AlertView } | undefined = $state.raw(undefined);
  /** What was done last, in words: shown and said. */
  done: string = $state('');
  #afterwards = new Set<() => void>();

  /** Called after each act. */
  afterwards(listener: () => void): () => void {
    this.#afterwards.add(listener);
    return () => this.#afterwards.delete(listener);
  }

  /** "I have seen it": needs no dialog, for it ends by itself. */
  async ack(alert: AlertView): Promise<void> {
    await this.#do(
      'ack',
      { ids: [alert.id], reason: 'seen on the page' },
      `Seen: “${alert.title}”. It stays open until it is gone.`,
    );
  }

  async quiet(verb: 'accept' | 'mute', body: Readonly<Record<string, unknown>>, words: string): Promise<void> {
    await this.#do(verb, { ...body, dryRun: false }, words);
    this.open = undefined;
  }

  async end(id: string, words: string): Promise<void> {
    await this.#do('unmute', { ids: [id], reason: 'ended on the page' }, `No longer quiet: ${words}`);
  }

  async #do(verb: string, body: unknown, words: string): Promise<void> {
    await ask<QuietDone>(verb, body);
    this.done = words;
    live.said = words;
    for (const listener of this.#afterwards) listener();
  }
}

export const acts = new Acts();
