/** The doors of the live host that a look at sockets needs; `live.ts` opens the others around them. */

import type { Host, SocketHost } from '#model/host.ts';
import { openClock } from './clock.ts';
import { openExposure } from './exposure.ts';
import { openFiles } from './files.ts';
import { isPosixLocked } from './lock.ts';
import { firstNamespace, namespaceOf } from './namespaces.ts';
import { type LiveNetwork, openNetwork } from './network.ts';
import { openPackages } from './packages.ts';
import { openProcesses, type ProcessTracker } from './processes.ts';
import { openUsers } from './users.ts';

/** With the parts that only the live host knows of. */
export interface LiveSocketHost extends SocketHost {
  readonly network: LiveNetwork;
  readonly processes: ProcessTracker;
}

/** Nothing is read before it is asked for. `auto`: all when we are in the namespace of pid 1, else our own. */
export function openSocketHost(namespaces: Host['scope'] | 'auto'): LiveSocketHost {
  const files = openFiles();
  const clock = openClock();
  const scope = scopeOf(namespaces);
  const userName = openUsers(files, clock);
  return {
    clock,
    files,
    scope,
    userName,
    processes: openProcesses({ files, clock, userName }),
    packages: openPackages(files, clock, isPosixLocked),
    network: openNetwork({
      files,
      clock,
      scope,
      exposureOver: (within) => openExposure({ files, clock, within }),
    }),
    own: new Set([process.pid]),
  };
}

/** In a namespace of our own (a container, a test) other people's sockets are none of our business. */
function scopeOf(wanted: Host['scope'] | 'auto'): Host['scope'] {
  if (wanted !== 'auto') return wanted;
  const first = firstNamespace();
  return first !== 0 && first === namespaceOf('/proc/self/ns/net') ? 'all' : 'own';
}
