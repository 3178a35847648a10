/** What the files of sysctl.d(5) will set at the next boot, in the order of systemd-sysctl and procps. */

import { parseSysctlConf, sysctlMatches } from '#formats/sysctl-conf.ts';
import type { Gap } from '#model/gap.ts';
import type { Host } from '#model/host.ts';
import { byBytes, namesIn, readText, valueOf } from './host-file.ts';
import { kernelHelpers, kernelSettings } from './kernel-setting-list.ts';

/** Folders, those that win first; a file hides those of its name in later folders. */
const FOLDERS = ['/etc/sysctl.d', '/run/sysctl.d', '/usr/local/lib/sysctl.d', '/usr/lib/sysctl.d', '/lib/sysctl.d'];
/** Read after all others by "sysctl --system"; systemd reads it where 99-sysctl.conf links to it. */
const LAST = '/etc/sysctl.conf';

export const sysctlPlaces: readonly string[] = [...FOLDERS, LAST];

export interface BootSetting {
  readonly value: string;
  /** The file that wins. */
  readonly file: string;
}

const watched = [...kernelSettings, ...kernelHelpers].map(({ name }) => name);

/** By name, for the settings that we watch. */
export function bootSettings(host: Host, gaps: Gap[]): ReadonlyMap<string, BootSetting> {
  const found = new Map<string, BootSetting>();
  const excluded = new Set<string>();
  for (const path of filesInOrder(host, gaps)) {
    const parsed = valueOf(readText(host, path, parseSysctlConf), gaps);
    for (const line of parsed?.rows ?? []) {
      if (line.name === '') continue;
      if (line.excluded) excluded.add(line.name);
      for (const name of watched) {
        if (!sysctlMatches(line.name, name) || line.excluded) continue;
        if (line.name !== name && excluded.has(name)) continue;
        found.set(name, { value: line.value.replace(/\s+/g, ' '), file: path });
      }
    }
  }
  return found;
}

function filesInOrder(host: Host, gaps: Gap[]): readonly string[] {
  const byName = new Map<string, string>();
  for (const folder of FOLDERS) {
    for (const name of namesIn(host, folder, gaps)) {
      if (name.endsWith('.conf') && !byName.has(name)) byName.set(name, `${folder}/${name}`);
    }
  }
  const sorted = [...byName].sort(([a], [b]) => byBytes(a, b)).map(([, path]) => path);
  return [...sorted, LAST];
}
