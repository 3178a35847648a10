/** How the kernel keeps time: adjtimex(2) with nothing to set, include/uapi/linux/timex.h. */

import type { Failure } from '#model/host.ts';
import type { KernelClock } from '#model/kernel.ts';
import { declare, lastError } from './ffi.ts';

const adjtimex = declare<(timex: Uint8Array) => number>('int adjtimex(void *timex)');

/** struct timex of 64-bit kernels: modes u32@0, freq i64@16, status i32@40, tick i64@88. */
const TIMEX_BYTES = 208;
const STA_UNSYNC = 0x40;
/** freq counts millionths in 1/65536. */
const FREQUENCY_UNIT = 65_536;
/** Microseconds of a tick when the clock runs as it should: USER_HZ is 100 everywhere. */
const TICK_US = 10_000;

export function kernelClock(): KernelClock | Failure {
  const timex = Buffer.alloc(TIMEX_BYTES);
  if (adjtimex(timex) < 0) return { error: lastError(), path: 'adjtimex' };
  const tickUs = Number(timex.readBigInt64LE(88));
  const ppm = Number(timex.readBigInt64LE(16)) / FREQUENCY_UNIT;
  return {
    synchronised: (timex.readInt32LE(40) & STA_UNSYNC) === 0,
    ratePpm: Math.round((tickUs / TICK_US - 1) * 1e6 + ppm),
  };
}
