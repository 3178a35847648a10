/** What this machine can tell of a remote address: see docs/senders.md. */

import { specialUse } from '#formats/special-addresses.ts';
import { prefixAround } from '#lib/ip-prefix.ts';
import type { Clock } from '#model/host.ts';
import type { Sender, SenderSettings, Senders } from '#model/senders.ts';
import type { NetworkDatabase } from './network-database.ts';
import { type AskNames, ReverseNames } from './reverse-names.ts';

/** Opens nothing yet. `askNames` takes the place of the host's name servers in tests. */
export function openSenders(settings: SenderSettings, clock: Clock, askNames?: AskNames): Senders {
  const names = settings.names ? new ReverseNames(clock, askNames) : undefined;
  let databases: readonly NetworkDatabase[] = [];
  if (settings.databases.length > 0) void load(settings.databases, clock).then((loaded) => (databases = loaded));
  return {
    known(address): Sender {
      const network = networkText(address);
      if (network === '') return { name: '', network, operator: '', country: '' };
      const records = databases.map((database) => database.of(address));
      const first = (of: 'operator' | 'country'): string => records.find((record) => record[of] !== '')?.[of] ?? '';
      return { name: names?.name(address) ?? '', network, operator: first('operator'), country: first('country') };
    },
    ask(address) {
      if (networkText(address) !== '') names?.ask(address);
    },
    get named() {
      return names?.named ?? 0;
    },
    get gaps() {
      return databases.flatMap(({ path, failure }) =>
        failure === '' ? [] : [{ what: path, why: failure, reduced: true as const }],
      );
    },
  };
}

/** Their reader is loaded only where there are any: every command opens a host. */
async function load(paths: readonly string[], clock: Clock): Promise<readonly NetworkDatabase[]> {
  const { NetworkDatabase } = await import('./network-database.ts');
  return paths.map((path) => new NetworkDatabase(path, clock));
}

function networkText(address: string): string {
  const around = prefixAround(address, { v4: 24, v6: 64 });
  if (around === undefined) return '';
  const special = specialUse(address);
  return special === '' ? around.text : `${around.text} (${special})`;
}
