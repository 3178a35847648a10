/** What people do about alerts: the one dialog that is open, and what was done last. */

import type { AnswerDone } from '../api/scan-shapes.ts';
import type { AlertView, QuietDone } from '../api/shapes.ts';
import { ask } from './api.ts';
import { live } from './live.svelte.ts';

/** What can be done about an address by hand; `end`: it is no longer allowed. */
export type AnswerAct = 'block' | 'unblock' | 'allow' | 'end';

class Acts {
  /** The dialog that is open, and about what. */
  open: { readonly verb: 'accept' | 'mute'; readonly alert: AlertView } | undefined = $state.raw(undefined);
  /** The dialog about an address that is open; `target` "" where it is still to be typed. */
  answering: { readonly verb: AnswerAct; readonly target: string; readonly why: string } | undefined =
    $state.raw(undefined);
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

  /** Blocks, unblocks or allows; what the daemon refuses is thrown with its words. */
  async answer(verb: AnswerAct, body: Readonly<Record<string, unknown>>): Promise<void> {
    const done =
      verb === 'block' || verb === 'unblock'
        ? await ask<AnswerDone>(verb, body)
        : await ask<AnswerDone>('allow', { ...body, end: verb === 'end' });
    this.answering = undefined;
    this.#told(done.words);
  }

  async #do(verb: string, body: unknown, words: string): Promise<void> {
    await ask<QuietDone>(verb, body);
    this.#told(words);
  }

  #told(words: string): void {
    this.done = words;
    live.said = words;
    for (const listener of this.#afterwards) listener();
  }
}

export const acts = new Acts();
