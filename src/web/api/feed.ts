/** What the daemon pushes, kept a while and handed on to every open page (server-sent events). */

import type { Pushed } from '#model/verbs.ts';
import { titleOf } from '#views/alert.ts';
import { signOfAlert } from '#views/sign.ts';
import type { FeedEvent } from './shapes.ts';

/** Kept for pages that come back after a lost connection; older ones are gone, and the page reads everything anew. */
export const KEPT_MAX = 256;
/** Open pages at once. */
export const READERS_MAX = 16;

interface Kept {
  readonly id: number;
  readonly text: string;
}

/** Fans out. A reader is a function that gets the text of an event, ready to be sent. */
export class Feed {
  readonly #kept: Kept[] = [];
  readonly #readers = new Set<(text: string) => void>();
  #lastId = 0;

  /** `lost`: so many were dropped before this one, so that the page must not trust what it has. */
  push(pushed: Pushed, lost: number): void {
    if (lost > 0) this.#tell({ type: 'again' });
    this.#tell(eventOf(pushed));
  }

  /** False when there are too many readers already. */
  full(): boolean {
    return this.#readers.size >= READERS_MAX;
  }

  /** Starts reading after event `lastId` (0: from now on); returns the way to stop. */
  read(lastId: number, reader: (text: string) => void): () => void {
    const oldest = this.#kept[0]?.id ?? this.#lastId + 1;
    const missed = lastId > 0 && (lastId + 1 < oldest || lastId > this.#lastId);
    if (missed) reader(wire(this.#lastId, { type: 'again' }));
    else if (lastId > 0) for (const { id, text } of this.#kept) if (id > lastId) reader(text);
    this.#readers.add(reader);
    return () => this.#readers.delete(reader);
  }

  #tell(event: FeedEvent): void {
    this.#lastId += 1;
    const kept = { id: this.#lastId, text: wire(this.#lastId, event) };
    this.#kept.push(kept);
    if (this.#kept.length > KEPT_MAX) this.#kept.shift();
    for (const reader of this.#readers) reader(kept.text);
  }
}

/** The page asks for the rest: an event only says what is worth asking for. */
function eventOf(pushed: Pushed): FeedEvent {
  if (pushed.type === 'look') return { type: 'look', table: pushed.table, nowMs: pushed.nowMs };
  const { alert, update } = pushed;
  return { type: 'alert', id: alert.id, title: titleOf(alert), sign: signOfAlert(alert), update };
}

/** The form of https://html.spec.whatwg.org/multipage/server-sent-events.html; JSON has no line breaks. */
function wire(id: number, event: FeedEvent): string {
  return `id: ${id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
