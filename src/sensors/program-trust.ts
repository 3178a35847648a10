/** Whether a program by its path can be trusted: shipped by a package, as shipped, and changeable by root alone. */

import { BoundedMap } from '#lib/bounded-map.ts';
import { visible } from '#lib/escape.ts';
import { type FileStat, type Host, isFailure } from '#model/host.ts';
import { follow } from './host-file.ts';

export interface ProgramTrust {
  readonly package: string;
  readonly state: 'packaged' | 'unpackaged' | 'altered' | 'missing' | 'unknown';
  /** Who else may change it, as a sentence without its end; "" when nobody. */
  readonly open: string;
}

const WRITABLE_BY_ALL = 0o002;
const OPEN_PLACES = ['/tmp/', '/var/tmp/', '/dev/shm/'];
const MAX_KEPT = 512;

const kept = new WeakMap<object, BoundedMap<string, { readonly stamp: string; readonly trust: ProgramTrust }>>();

/** Asks packages only when the file has changed; without dpkg's database the state is `unknown`. */
export function programTrust(host: Host, path: string): ProgramTrust {
  // The kernel starts nothing by a relative path.
  if (!path.startsWith('/')) return { package: '', state: 'missing', open: '' };
  const programs = kept.get(host) ?? new BoundedMap<string, { stamp: string; trust: ProgramTrust }>(MAX_KEPT);
  kept.set(host, programs);
  const found = follow(host, path);
  const status = host.files.stat('/var/lib/dpkg/status');
  const stamp = `${stampOf(isFailure(found) ? undefined : found.stat)} ${stampOf(isFailure(status) ? undefined : status)}`;
  const known = programs.get(path);
  if (known?.stamp === stamp) return known.trust;
  const open = openOnTheWay(host, path);
  const trust = isFailure(found)
    ? ({ package: '', state: 'missing', open } as const)
    : { ...shippedBy(host, found.path, !isFailure(status)), open };
  programs.set(path, { stamp, trust });
  return trust;
}

function stampOf(stat: FileStat | undefined): string {
  return stat === undefined ? '-' : `${stat.inode} ${stat.ctimeMs} ${stat.sizeBytes} ${stat.mode} ${stat.uid}`;
}

function shippedBy(host: Host, path: string, known: boolean): Pick<ProgramTrust, 'package' | 'state'> {
  if (!known) return { package: '', state: 'unknown' };
  const owner = host.packages.ownerOf(path);
  if (owner === '') return { package: '', state: 'unpackaged' };
  const altered = host.packages.run()?.endedMs !== 0 && host.packages.verify(path) === 'differs';
  return { package: owner, state: altered ? 'altered' : 'packaged' };
}

/** Also for a program that is not there yet: whoever may write to its folder may put it there. */
function openOnTheWay(host: Host, path: string): string {
  const place = OPEN_PLACES.find((start) => path.startsWith(start));
  if (place !== undefined) return `it lies below ${place.slice(0, -1)}, where everyone may write`;
  for (let end = path.indexOf('/', 1); ; end = path.indexOf('/', end + 1)) {
    const part = end < 0 ? path : path.slice(0, end);
    const stat = host.files.stat(part);
    if (isFailure(stat)) return '';
    if (stat.type !== 'symlink' && (stat.mode & WRITABLE_BY_ALL) !== 0) return `everyone may write to ${visible(part)}`;
    if (stat.uid !== 0) return `${visible(host.userName(stat.uid))} owns ${visible(part)}`;
    if (end < 0) return '';
  }
}
