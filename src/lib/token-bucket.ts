/** A budget that refills with time: bursts are allowed, floods are not. */

export interface TokenBucket {
  /** Takes one at this moment (milliseconds of any clock that does not step back); false when none is left. */
  take(nowMs: number): boolean;
  /** Whether it is full again: then it can be forgotten. */
  isFull(nowMs: number): boolean;
}

/** Starts full with `burst`, refills by `perSecond`. */
export function tokenBucket(burst: number, perSecond: number): TokenBucket {
  let tokens = burst;
  let lastMs: number | undefined;
  const refill = (nowMs: number): void => {
    const elapsedMs = Math.max(0, nowMs - (lastMs ?? nowMs));
    tokens = Math.min(burst, tokens + (elapsedMs / 1000) * perSecond);
    lastMs = Math.max(nowMs, lastMs ?? nowMs);
  };
  return {
    take(nowMs) {
      refill(nowMs);
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
    isFull(nowMs) {
      refill(nowMs);
      return tokens >= burst;
    },
  };
}
