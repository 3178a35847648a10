/** Holds the connections of traps: writes to them, never reads, and lets none of its bounds be passed. */

import type { Socket } from 'node:net';
import { prefixAround } from '#lib/ip-prefix.ts';
import type { TrapSettings } from '#model/traps.ts';

/** How many connections, and how long. */
export interface TrapBounds {
  /** Connections at once; one more is refused. */
  readonly most: number;
  /** Of one address (IPv6: /64). */
  readonly mostEach: number;
  /** A tarpit lets go after this long. */
  readonly longestMs: number;
  /** Between two characters of a tarpit. */
  readonly pauseMs: number;
}

/** 256 connections hold 16 MiB of unread data in the kernel at the very most. */
const trapBounds: TrapBounds = { most: 256, mostEach: 8, longestMs: 10 * 60_000, pauseMs: 10_000 };

/** Between a banner and the end of its connection: a reset at once would take back what is on its way. */
const BANNER_MS = 2_000;

interface Held {
  readonly socket: Socket;
  readonly source: string;
  /** Monotonic. */
  readonly untilMs: number;
  written: number;
  nextMs: number;
}

export class Holder {
  readonly #settings: Pick<TrapSettings, 'slow'> & { readonly bytes: Buffer };
  readonly #bounds: TrapBounds;
  readonly #held = new Map<Socket, Held>();
  readonly #bySource = new Map<string, number>();

  constructor(settings: Pick<TrapSettings, 'slow' | 'banner'>, bounds: TrapBounds = trapBounds) {
    const { banner, slow } = settings;
    this.#settings = { slow, bytes: Buffer.from(banner === '' ? '' : `${banner}\r\n`) };
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#held.size;
  }

  /** Takes a connection that was accepted with `pauseOnConnect`: what it sends stays in the kernel, and stalls there. */
  take(socket: Socket, nowMs: number): void {
    const source = prefixAround(socket.remoteAddress ?? '', { v4: 32, v6: 64 })?.text ?? '';
    const count = this.#bySource.get(source) ?? 0;
    // Whoever is gone already has no address.
    if (source === '' || this.#held.size >= this.#bounds.most || count >= this.#bounds.mostEach) {
      socket.on('error', () => undefined).resetAndDestroy();
      return;
    }
    const { slow, bytes } = this.#settings;
    const untilMs = nowMs + (slow ? this.#bounds.longestMs : BANNER_MS);
    const held: Held = { socket, source, untilMs, written: 0, nextMs: 0 };
    this.#held.set(socket, held);
    this.#bySource.set(source, count + 1);
    // A scanner breaks off as it likes: that is no trouble of ours.
    socket.on('error', () => undefined).on('close', () => this.#forget(held));
    if (!slow) socket.end(bytes);
  }

  /** To be called every second: the next character for each, and the end for those whose time is over. */
  tick(nowMs: number): void {
    for (const held of this.#held.values()) {
      if (nowMs >= held.untilMs) held.socket.destroy();
      else if (this.#settings.slow && nowMs >= held.nextMs) this.#drip(held, nowMs);
    }
  }

  /** The banner again and again: who is gone is noticed only by writing, for nothing is ever read. */
  #drip(held: Held, nowMs: number): void {
    const { bytes } = this.#settings;
    held.nextMs = nowMs + this.#bounds.pauseMs;
    if (bytes.length === 0 || held.socket.writableLength > 0) return;
    const at = held.written % bytes.length;
    held.socket.write(bytes.subarray(at, at + 1));
    held.written += 1;
  }

  #forget({ socket, source }: Held): void {
    if (!this.#held.delete(socket)) return;
    const left = (this.#bySource.get(source) ?? 1) - 1;
    if (left === 0) this.#bySource.delete(source);
    else this.#bySource.set(source, left);
  }
}
