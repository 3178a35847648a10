/** How many alerts of their own one cause may get: beyond it they are counted in the incident, and the disk is safe. */

import { BoundedMap } from '#lib/bounded-map.ts';
import { type TokenBucket, tokenBucket } from '#lib/token-bucket.ts';

/** One cause may open this many alerts at once, and then one a second: 86,400 a day are about 300 MB. */
const burstOfCause = 25_000;
const perSecondOfCause = 1;
/** All causes together; an attacker may fork a new parent for each. */
const burstOfAll = 50_000;
const perSecondOfAll = 2;
/** Causes whose budget is remembered; the one used longest ago is forgotten and starts full. The sum above holds. */
const rememberedCauses = 5_000;

export class AlertBudget {
  readonly #all = tokenBucket(burstOfAll, perSecondOfAll);
  readonly #causes = new BoundedMap<string, TokenBucket>(rememberedCauses);

  /** Takes one alert of this cause; false when it may only be counted. `nowMs` is monotonic. */
  take(cause: string, nowMs: number): boolean {
    let bucket = this.#causes.get(cause);
    if (bucket === undefined) bucket = tokenBucket(burstOfCause, perSecondOfCause);
    this.#causes.set(cause, bucket);
    return bucket.take(nowMs) && this.#all.take(nowMs);
  }
}
