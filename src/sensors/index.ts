/** Everything that looks and listens; one line each. Adding a sensor changes no other code. */

import type { Host } from '#model/host.ts';
import type { Listener, Look, Sensor } from '#model/sensor.ts';
import type { Table } from '#model/table.ts';
import accountsSensor, { accountsListener } from './accounts.ts';
import certificatesSensor, { certificatesListener } from './certificates.ts';
import { connections, lookAtConnections } from './connections.ts';
import devicesSensor, { deviceListener } from './devices.ts';
import disagreementsSensor from './disagreements.ts';
import disksSensor, { diskListener } from './disks.ts';
import ebpfSensor from './ebpf.ts';
import ebpfEvents from './ebpf-events.ts';
import fileChanges from './file-changes.ts';
import fileFlags from './file-flags.ts';
import filesSensor from './files.ts';
import firewallSensor from './firewall.ts';
import firewallGeneration from './firewall-generation.ts';
import fstabFile from './fstab-file.ts';
import groupsSensor, { groupsListener } from './groups.ts';
import hiddenProcessesSensor from './hidden-processes.ts';
import kernelHooksSensor, { kernelHookListener } from './kernel-hooks.ts';
import kernelSettingFiles from './kernel-setting-files.ts';
import kernelSettingsSensor from './kernel-settings.ts';
import loaderSensor, { loaderListener } from './loader.ts';
import moduleEvents from './module-events.ts';
import modulesSensor from './modules.ts';
import mountEvents from './mount-events.ts';
import mountsSensor, { mountListener } from './mounts.ts';
import nameServiceSensor, { nameServiceListener } from './name-service.ts';
import namespaceEvents from './namespace-events.ts';
import namespacesSensor from './namespaces.ts';
import newNames from './new-names.ts';
import oddLinesSensor, { oddLinesListener } from './odd-lines.ts';
import oddProcessEvents from './odd-process-events.ts';
import oddProcessesSensor from './odd-processes.ts';
import outsideChecksSensor from './outside-checks.ts';
import packageDatabase from './package-database.ts';
import packageFileChanges from './package-file-changes.ts';
import packageFilesSensor from './package-files.ts';
import packageSourceFiles from './package-source-files.ts';
import packageSourcesSensor from './package-sources.ts';
import packagesSensor from './packages.ts';
import pamSensor, { pamListener } from './pam.ts';
import privilegesSensor, { privilegesListener } from './privileges.ts';
import { lookAtProcesses, processes } from './processes.ts';
import programEvents from './program-events.ts';
import programsSensor from './programs.ts';
import resourceEvents from './resource-events.ts';
import resourceTroublesSensor from './resource-troubles.ts';
import scanEvents from './scan-events.ts';
import scansSensor from './scans.ts';
import shellHistorySensor, { shellHistoryListener } from './shell-history.ts';
import socketEvents from './socket-events.ts';
import socketsSensor from './sockets.ts';
import sshKeysSensor, { sshKeysListener } from './ssh-keys.ts';
import sshSettingsSensor, { sshSettingsListener } from './ssh-settings.ts';
import startPointFiles from './start-point-files.ts';
import startPointsSensor from './start-points.ts';
import telltaleSensor, { telltaleListener } from './telltale.ts';
import webScriptFiles from './web-script-files.ts';
import webScriptsSensor from './web-scripts.ts';

/** Sensors whose tables are compared and baselined. */
export const sensors: readonly Sensor[] = [
  socketsSensor,
  startPointsSensor,
  webScriptsSensor,
  packagesSensor,
  packageSourcesSensor,
  firewallSensor,
  accountsSensor,
  groupsSensor,
  oddLinesSensor,
  kernelSettingsSensor,
  modulesSensor,
  programsSensor,
  oddProcessesSensor,
  hiddenProcessesSensor,
  disagreementsSensor,
  namespacesSensor,
  resourceTroublesSensor,
  sshKeysSensor,
  sshSettingsSensor,
  mountsSensor,
  privilegesSensor,
  pamSensor,
  scansSensor,
  loaderSensor,
  filesSensor,
  packageFilesSensor,
  nameServiceSensor,
  certificatesSensor,
  telltaleSensor,
  shellHistorySensor,
  outsideChecksSensor,
  ebpfSensor,
  disksSensor,
  devicesSensor,
  kernelHooksSensor,
];

/** What hears of changes as they happen. */
export const listeners: readonly Listener[] = [
  socketEvents,
  startPointFiles,
  webScriptFiles,
  packageDatabase,
  packageSourceFiles,
  firewallGeneration,
  accountsListener,
  groupsListener,
  oddLinesListener,
  kernelSettingFiles,
  programEvents,
  namespaceEvents,
  oddProcessEvents,
  resourceEvents,
  sshKeysListener,
  sshSettingsListener,
  mountListener,
  mountEvents,
  fstabFile,
  privilegesListener,
  pamListener,
  scanEvents,
  loaderListener,
  fileChanges,
  fileFlags,
  packageFileChanges,
  newNames,
  nameServiceListener,
  certificatesListener,
  telltaleListener,
  shellHistoryListener,
  deviceListener,
  diskListener,
  ebpfEvents,
  kernelHookListener,
  moduleEvents,
];

/** Tables that are only looked up when somebody asks: never compared, never baselined. */
export interface Lookup {
  readonly table: Table;
  look(host: Host, signal: AbortSignal): Promise<Look>;
}
export const lookups: readonly Lookup[] = [
  { table: connections, look: lookAtConnections },
  { table: processes, look: lookAtProcesses },
];
