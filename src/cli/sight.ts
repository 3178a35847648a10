/** What looks, hears and judges: all of it for a watch, or one table alone for a command that only shows that. */

import type { WatchParts } from '#engine/watch-parts.ts';

/** The parts of a watch that see. */
export type Sight = Pick<WatchParts, 'sensors' | 'listeners' | 'lookups' | 'rules' | 'dotsOf'>;

/** Tables that a command shows so often that it must start without the other forty. */
export type Alone = 'sockets';

/** Loads them. With `only` nothing is judged: rows and their marks need no rule. */
export async function sightOf(only?: Alone): Promise<Sight> {
  if (only === 'sockets') {
    const { default: sockets } = await import('#sensors/sockets.ts');
    const { connections, lookAtConnections } = await import('#sensors/connections.ts');
    const lookups = [{ table: connections, look: lookAtConnections }];
    return { sensors: [sockets], listeners: [], lookups, rules: [] };
  }
  const { sensors, listeners, lookups } = await import('#sensors/index.ts');
  const { dotsOfScan } = await import('#sensors/scans.ts');
  const { rules } = await import('#rules/index.ts');
  return { sensors, listeners, lookups, rules, dotsOf: dotsOfScan };
}
