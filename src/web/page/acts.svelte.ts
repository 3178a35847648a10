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
  /** Alerts of which the last act can be taken back. */
  undoable: readonly string[] = $state.raw([]);
  #afterwards = new Set<() => void>();

  /** Called after each act. */
  afterwards(listener: () => void): () => void {
    this.#afterwards.add(listener);
    return () => this.#afterwards.delete(listener);
  }

  /** "I have seen it": needs no dialog, for it ends by itself. */
  async ack(alerts: readonly AlertView[]): Promise<void> {
    const ids = alerts.map(({ id }) => id);
    const [only] = alerts;
    const what = alerts.length === 1 && only !== undefined ? `“${only.title}”` : `${alerts.length} changes`;
    const words = `Seen: ${what}. ${alerts.length === 1 ? 'It stays open until it is' : 'They stay open until they are'} gone.`;
    await this.#do('ack', { ids, reason: 'seen on the page' }, words);
    this.undoable = ids;
  }

  /** All that is open of an incident, listed or not. */
  async ackIncident(id: string): Promise<void> {
    await this.#do(
      'ack',
      { ids: [id], reason: 'seen on the page' },
      'Seen: all changes of this cause. They stay open until they are gone.',
    );
    this.undoable = [id];
  }

  async quiet(
    verb: 'accept' | 'mute',
    id: string,
    body: Readonly<Record<string, unknown>>,
    words: string,
  ): Promise<void> {
    await this.#do(verb, { ...body, ids: [id], dryRun: false }, words);
    this.undoable = [id];
    this.open = undefined;
  }

  /** Takes the last act back. */
  async undo(): Promise<void> {
    const ids = this.undoable;
    await this.#do('unmute', { ids, reason: 'taken back on the page' }, 'Taken back: it is told again as before.');
  }

  /** What was done last needs not be shown any longer. */
  forget(): void {
    this.done = '';
    this.undoable = [];
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
    this.undoable = [];
    this.done = words;
    live.said = words;
    for (const listener of this.#afterwards) listener();
  }
}

export const acts = new Acts();
