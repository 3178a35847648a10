/**
 * Who is logged in to the page. Kept by the daemon, in memory, so that the web process can do nothing for anybody who did
 * not prove a password or a one-time link to the daemon; tokens are kept as hashes only. A restart logs everybody out.
 */

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '#model/host.ts';
import type { Credentials } from './messages.ts';

/** Unused for this long, a session ends. */
export const SESSION_IDLE_MS = 12 * 3_600_000;
/** Ends then in any case. */
export const SESSION_MAX_MS = 7 * 86_400_000;
/** At most so many at once: the one that was used longest ago gives way. */
export const SESSIONS_MAX = 32;

/** One session. `maySetPasswordUntilMs`: a password may be set just after a one-time link. */
export interface Session {
  readonly id: string;
  readonly madeMs: number;
  usedMs: number;
  readonly maySetPasswordUntilMs: number;
}

interface Kept extends Session {
  readonly keyHash: Buffer;
}

/** The sessions of one daemon; times are of the monotonic clock, so that a clock step neither ends nor prolongs one. */
export class Sessions {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #bySession = new Map<string, Kept>();

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  /** Starts one. `byLink`: logged in with a one-time link, so a password may be set within the next 15 minutes. */
  start(byLink: boolean): Credentials {
    const nowMs = this.#clock.monotonicMs();
    const session = randomBytes(32).toString('base64url');
    const key = randomBytes(32).toString('base64url');
    const id = hash(session).toString('hex');
    this.#sweep(nowMs);
    if (this.#bySession.size >= SESSIONS_MAX) this.#dropOldest();
    const maySetPasswordUntilMs = byLink ? nowMs + 15 * 60_000 : 0;
    this.#bySession.set(id, { id, keyHash: hash(key), madeMs: nowMs, usedMs: nowMs, maySetPasswordUntilMs });
    return { session, key };
  }

  /** The live session that the credentials open, or undefined. Using it keeps it alive. */
  find(who: Credentials): Session | undefined {
    const nowMs = this.#clock.monotonicMs();
    const kept = this.#bySession.get(hash(who.session).toString('hex'));
    if (kept === undefined || !timingSafeEqual(kept.keyHash, hash(who.key))) return undefined;
    if (!alive(kept, nowMs)) {
      this.#bySession.delete(kept.id);
      return undefined;
    }
    kept.usedMs = nowMs;
    return kept;
  }

  /** Whether the session with this id still lives; does not keep it alive. */
  lives(id: string): boolean {
    const kept = this.#bySession.get(id);
    return kept !== undefined && alive(kept, this.#clock.monotonicMs());
  }

  /** Whether it was started by a one-time link at most 15 minutes ago. */
  maySetPassword(session: Session): boolean {
    return this.#clock.monotonicMs() < session.maySetPasswordUntilMs;
  }

  end(id: string): void {
    this.#bySession.delete(id);
  }

  /** Ends all but one: after a new password. */
  endOthers(id: string): void {
    for (const other of this.#bySession.keys()) if (other !== id) this.#bySession.delete(other);
  }

  #sweep(nowMs: number): void {
    for (const kept of this.#bySession.values()) if (!alive(kept, nowMs)) this.#bySession.delete(kept.id);
  }

  #dropOldest(): void {
    let oldest: Kept | undefined;
    for (const kept of this.#bySession.values()) if (oldest === undefined || kept.usedMs < oldest.usedMs) oldest = kept;
    if (oldest !== undefined) this.#bySession.delete(oldest.id);
  }
}

function alive(kept: Kept, nowMs: number): boolean {
  return nowMs - kept.usedMs < SESSION_IDLE_MS && nowMs - kept.madeMs < SESSION_MAX_MS;
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
