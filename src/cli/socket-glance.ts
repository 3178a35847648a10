/** `telltale sockets` where no daemon runs: a look of our own, marked against what a daemon left. */

import { glanceDesk } from '#engine/glance.ts';
import { openSocketHost } from '#host/socket-host.ts';
import type { Settings } from '#model/settings.ts';
import type { Store } from '#model/store.ts';
import { type Desk, VerbError } from '#model/verbs.ts';
import { connections, lookAtConnections } from '#sensors/connections.ts';
import { lookAtSockets, sockets } from '#sensors/sockets.ts';
import { prepareStateDir } from '#store/state-dir.ts';

/** A desk that knows sockets and connections only. `forgetful`: nothing was ever recorded there. */
export interface SocketGlance {
  readonly desk: Desk;
  readonly forgetful: boolean;
  /** Why what was recorded cannot be read; "" where nothing was, or all is well. */
  readonly unread: string;
  readonly close: () => Promise<void>;
}

/** Throws VerbError "DAMAGED_STATE" and others of a store that is there and cannot be read. */
export async function glanceAtSockets({ stateDir, watch }: Settings): Promise<SocketGlance> {
  const host = openSocketHost(watch.namespaces);
  const { store, unread = '' } = await memoryIn(stateDir, host);
  const tables = [
    { table: sockets, watched: true, look: (signal: AbortSignal) => lookAtSockets(host, signal) },
    { table: connections, watched: false, look: (signal: AbortSignal) => lookAtConnections(host, signal) },
  ];
  return {
    desk: glanceDesk({ host, tables, store }),
    forgetful: store === undefined,
    unread,
    close: async () => await store?.[Symbol.asyncDispose](),
  };
}

/** What a watch remembered; no store where none ever ran, or where it may not be read. */
async function memoryIn(
  stateDir: string,
  host: Parameters<typeof glanceDesk>[0]['host'],
): Promise<{ readonly store?: Store; readonly unread?: string }> {
  try {
    prepareStateDir(stateDir, false);
  } catch (error) {
    if (error instanceof VerbError && error.code === 'NO_STATE') return {};
    if (error instanceof VerbError && error.code === 'BAD_STATE_DIR') return { unread: error.message };
    throw error;
  }
  // Loaded only where there is something to read.
  const { openStore } = await import('#store/open.ts');
  return { store: openStore({ stateDir, host, mode: 'read' }) };
}
