/** Which sources the C library asks for accounts and hosts. */

import { parseNsswitch } from '#formats/nsswitch.ts';
import { rowsOf } from './account-files.ts';
import { type FileHost, readText } from './host-file.ts';

export const NSSWITCH = '/etc/nsswitch.conf';

export const readNsswitch = (host: FileHost) => readText(host, NSSWITCH, parseNsswitch);

/** Whether lines for NIS ("+", "-") of passwd or group mean anything: only nss_compat reads them. */
export function usesCompat(host: FileHost, database: 'passwd' | 'group'): boolean {
  const lines = rowsOf(readNsswitch(host));
  return lines.findLast((line) => line.database === database)?.sources.includes('compat') === true;
}
