/** What looks, hears and judges. */

import type { WatchParts } from '#engine/watch-parts.ts';

/** The parts of a watch that see. */
export type Sight = Pick<WatchParts, 'sensors' | 'listeners' | 'lookups' | 'rules' | 'dotsOf'>;

/** Loads all of it: the sensors, listeners and rules are most of the program. */
export async function sightOf(): Promise<Sight> {
  const { sensors, listeners, lookups } = await import('#sensors/index.ts');
  const { dotsOfScan } = await import('#sensors/scans.ts');
  const { rules } = await import('#rules/index.ts');
  return { sensors, listeners, lookups, rules, dotsOf: dotsOfScan };
}
