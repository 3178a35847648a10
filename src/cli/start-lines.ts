/** What the daemon says when it watches: what, by what, what is blind, where to look. */

import { visible } from '#lib/escape.ts';
import { plural } from '#lib/plural.ts';
import type { Gap } from '#model/gap.ts';
import type { Host } from '#model/host.ts';
import type { Settings } from '#model/settings.ts';
import type { SensorStatus } from '#model/verbs.ts';
import { version } from './own-version.ts';

interface Started {
  readonly settings: Settings;
  readonly host: Pick<Host, 'name' | 'scope'>;
  readonly sensors: readonly SensorStatus[];
  readonly blind: readonly Gap[];
  readonly page: { readonly address: string; readonly user: string } | undefined;
}

/** Plain lines, each at most one fact, for a terminal and the journal alike. */
export function startLines({ settings, host, sensors, blind, page }: Started): readonly string[] {
  const scope = host.scope === 'all' ? 'all its network namespaces' : 'this network namespace';
  const channels = settings.notifiers.map(({ name }) => visible(name)).join(', ');
  return [
    `Telltale ${version()} is watching ${visible(host.name)}, ${scope}.`,
    ...sensors.map((sensor) => {
      if (sensor.by === 'not asked') return `  ${sensor.table}: not asked here`;
      const heard = sensor.hears === '' ? 'looks again and again' : `hears of changes by ${sensor.hears}`;
      return `  ${sensor.table}: ${sensor.rows} seen by ${sensor.by}; ${heard}`;
    }),
    ...blind.map(
      (gap) => `  blind: ${visible(gap.what)} (${visible(gap.why)})${gap.next === undefined ? '' : `; ${gap.next}`}`,
    ),
    `  tells: ${channels === '' ? 'nobody yet; see "telltale config show --example"' : plural(settings.notifiers.length, 'channel') + ` (${channels})`}`,
    `  keeps: ${visible(settings.stateDir)}`,
    ...(page === undefined ? [] : [`  page: ${page.address} (runs as ${page.user}; log in with "telltale web")`]),
    'Next: telltale',
  ];
}
