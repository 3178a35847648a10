/** Everything that looks and listens; one line each. Adding a sensor changes no other code. */

import type { Host } from '#model/host.ts';
import type { Listener, Look, Sensor } from '#model/sensor.ts';
import type { Table } from '#model/table.ts';
import accountsSensor, { accountsListener } from './accounts.ts';
import { connections, lookAtConnections } from './connections.ts';
import groupsSensor, { groupsListener } from './groups.ts';
import kernelSettingFiles from './kernel-setting-files.ts';
import kernelSettingsSensor from './kernel-settings.ts';
import modulesSensor from './modules.ts';
import oddLinesSensor, { oddLinesListener } from './odd-lines.ts';
import socketEvents from './socket-events.ts';
import socketsSensor from './sockets.ts';

/** Sensors whose tables are compared and baselined. */
export const sensors: readonly Sensor[] = [
  socketsSensor,
  accountsSensor,
  groupsSensor,
  oddLinesSensor,
  kernelSettingsSensor,
  modulesSensor,
];

/** What hears of changes as they happen. */
export const listeners: readonly Listener[] = [
  socketEvents,
  accountsListener,
  groupsListener,
  oddLinesListener,
  kernelSettingFiles,
];

/** Tables that are only looked up when somebody asks: never compared, never baselined. */
export interface Lookup {
  readonly table: Table;
  look(host: Host, signal: AbortSignal): Promise<Look>;
}
export const lookups: readonly Lookup[] = [{ table: connections, look: lookAtConnections }];
