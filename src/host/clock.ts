/** The clock of the live host. */

import { crypto } from '#lib/lean-crypto.ts';
import type { Clock } from '#model/host.ts';
import { libc } from './ffi.ts';

const CLOCK_BOOTTIME = 7; // time.h: counts suspend, unlike CLOCK_MONOTONIC, and so does field 22 of /proc/PID/stat

const timespec = Buffer.alloc(16);

/** Milliseconds since boot, suspend included, with fractions. */
export function bootTimeMs(): number {
  if (libc.clockGettime(CLOCK_BOOTTIME, timespec) !== 0) throw new Error('Cannot read CLOCK_BOOTTIME');
  return Number(timespec.readBigInt64LE(0)) * 1000 + Number(timespec.readBigInt64LE(8)) / 1e6;
}

/** Wall clock, CLOCK_BOOTTIME and UUIDv7. */
export function openClock(): Clock {
  const makeId = idMaker();
  // Kept, so that the same process start gives the same millisecond each time; moves on when the wall clock was set.
  let bootMs = Math.round(Date.now() - bootTimeMs());
  return {
    nowMs: () => Date.now(),
    monotonicMs: () => bootTimeMs(),
    bootMs() {
      const now = Math.round(Date.now() - bootTimeMs());
      if (Math.abs(now - bootMs) > 500) bootMs = now;
      return bootMs;
    },
    id: () => makeId(Date.now()),
    sleep,
  };
}

/** Resolves after `ms`, or at once when aborted. */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}

// Most commands make no id.
const fillAtRandom = (buffer: Buffer): unknown => crypto().randomFillSync(buffer);

/**
 * Makes UUIDv7 (RFC 9562 §5.7, method 1): ids of one maker ascend also within a millisecond and when the wall clock
 * steps back, because a 12-bit counter follows the time and the time never goes back.
 */
export function idMaker(random: (buffer: Buffer) => void = fillAtRandom): (nowMs: number) => string {
  const bytes = Buffer.alloc(16);
  let lastMs = 0;
  let counter = 0;
  return (nowMs) => {
    if (nowMs > lastMs) {
      lastMs = Math.floor(nowMs);
      counter = 0;
    } else if (++counter > 0xfff) {
      lastMs += 1;
      counter = 0;
    }
    random(bytes);
    bytes.writeUIntBE(lastMs, 0, 6);
    bytes.writeUInt16BE(0x7000 | counter, 6);
    bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8);
    const hex = bytes.toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  };
}
