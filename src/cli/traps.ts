/** Starts the traps for the daemon, where the settings name ports; whatever goes wrong is said, and the watch runs on. */

import type { Watch } from '#engine/watch-parts.ts';
import { plural } from '#lib/plural.ts';
import type { Host } from '#model/host.ts';
import type { Settings } from '#model/settings.ts';
import { VerbError } from '#model/verbs.ts';
import { askerHere } from './local-desk.ts';

interface TrapSite {
  readonly settings: Settings;
  readonly log: (line: string) => void;
}

const REFUSED: Readonly<Record<string, string>> = {
  EADDRINUSE: 'a service uses it',
  EACCES: 'this process may not bind it (CAP_NET_BIND_SERVICE)',
};

/** Never on a port where a service is normal here, also while that service does not run yet. */
export async function openTraps(
  { settings, log }: TrapSite,
  { host, watch }: { readonly host: Host; readonly watch: Pick<Watch, 'desk'> },
  stack: AsyncDisposableStack,
): Promise<void> {
  const { traps } = settings;
  if (traps.ports.length === 0) return;
  const usual = await usualPorts(watch, host);
  const ports = traps.ports.filter((port) => !usual.has(port));
  const skipped = traps.ports.filter((port) => usual.has(port));
  const { launchTraps } = await import('#traps/launch.ts');
  const waiting = host.traps ?? new Set<number>();
  const launched = stack.use(await launchTraps({ settings: { ...traps, ports }, own: host.own, waiting, log }));
  const { first } = launched;
  if (typeof first === 'string') return log(`No traps: ${first}. The watch runs on without them.`);
  const { bound, refused, user, dropped } = first;
  log(
    `  traps: ${bound.length === 0 ? 'none' : `port ${bound.join(', ')}`} (runs as ${user}${dropped ? '' : ', as the daemon does'})`,
  );
  if (skipped.length > 0)
    log(`  no trap at ${plural(skipped.length, 'port')} ${skipped.join(', ')}: a service is normal there (baseline)`);
  for (const { port, why } of refused) log(`  no trap at port ${port}: ${REFUSED[why] ?? why}`);
}

/** TCP ports of services in the baseline, but for traps of ours that were taken for normal. */
async function usualPorts(watch: Pick<Watch, 'desk'>, host: Host): Promise<ReadonlySet<number>> {
  const shown = await watch
    .desk(askerHere(host, 'daemon'))
    .ask('baseline.show', {})
    .catch((error: unknown) => {
      // Nothing was learned yet: binding alone must tell then.
      if (error instanceof VerbError) return undefined;
      throw error;
    });
  const ports = new Set<number>();
  for (const { table, row } of shown?.rows ?? []) {
    const { protocol, state, port, cmdline } = row;
    if (table !== 'sockets' || protocol !== 'tcp' || state !== 'LISTEN' || typeof port !== 'number') continue;
    if (typeof cmdline === 'string' && /\/traps(?:\/child\.ts|\.js) /.test(cmdline)) continue;
    ports.add(port);
  }
  return ports;
}
