/** Reads the value of one setting of the kernel from its file. */

import type { Gap } from '#model/gap.ts';
import { type Host, isFailure } from '#model/host.ts';

const MAX_VALUE_BYTES = 4096;

/** Letters of what has made the kernel less trustworthy, as a number; Documentation/admin-guide/tainted-kernels.rst. */
export const TAINT_FILE = '/proc/sys/kernel/tainted';

/** What the kernel takes the time from; root may write another one there. */
export const CLOCK_SOURCE = '/sys/devices/system/clocksource/clocksource0/current_clocksource';

/** On one line; undefined where this kernel has no such setting, or does not let us read it: that is a gap. */
export function valueAt(host: Pick<Host, 'files'>, path: string, gaps: Gap[]): string | undefined {
  const bytes = host.files.read(path, MAX_VALUE_BYTES);
  if (!isFailure(bytes)) return bytes.toString('utf8').trim().replace(/\s+/g, ' ');
  if (bytes.error !== 'ENOENT' && bytes.error !== 'ENOTDIR') gaps.push({ what: path, why: bytes.error });
  return undefined;
}
