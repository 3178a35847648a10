/** Who else may change what is run: whoever can write to the program, or to a folder on the way to it, runs as its user. */

import { visible } from '#lib/escape.ts';
import { type FileStat, isFailure } from '#model/host.ts';
import { type Reading, resolved } from './reading.ts';

const OPEN_PLACES = ['/tmp/', '/var/tmp/', '/dev/shm/', '/run/lock/', '/var/lock/'];
const WORLD_WRITABLE = 0o002;
const STICKY = 0o1000;
const MAX_LINKS = 8;

/** Whose right to change it is no news. `uid` undefined: root's alone, for what every user runs. */
export interface Runner {
  readonly uid: number | undefined;
  /** Home of the runner: what is hidden in it is the runner's own affair. "/": nothing is. */
  readonly home: string;
}

/** A sentence without its end, or "" when only root and the runner may change it. A path that is not there counts by its folders. */
export function openPlaceOf(reading: Reading, path: string, runner: Runner): string {
  // A crontab may hold any byte; no file has this one in its name.
  if (path.includes('\0')) return '';
  const place = OPEN_PLACES.find((start) => path.startsWith(start));
  if (place !== undefined) return `it lies below ${place.slice(0, -1)}, where everyone may write`;
  return onTheWay(reading, path, { runner, depth: 0 }) || hiddenIn(path, runner);
}

function onTheWay(reading: Reading, path: string, at: { runner: Runner; depth: number }): string {
  for (let end = path.indexOf('/', 1); ; end = path.indexOf('/', end + 1)) {
    const part = end < 0 ? path : path.slice(0, end);
    const stat = reading.stat(part);
    if (isFailure(stat)) return '';
    if (stat.type === 'symlink') {
      const target = reading.host.files.readlink(part);
      if (isFailure(target) || at.depth >= MAX_LINKS) return '';
      return openPlaceBehind(reading, resolved(part, target) + (end < 0 ? '' : path.slice(end)), at);
    }
    const found = openPart(reading, part, stat, at.runner);
    if (found !== '' || end < 0) return found;
  }
}

/** One folder or file on the way. In a sticky folder nobody may exchange what is another's. */
function openPart(reading: Reading, part: string, stat: FileStat, { uid }: Runner): string {
  const stuck = stat.type === 'directory' && (stat.mode & STICKY) !== 0;
  if ((stat.mode & WORLD_WRITABLE) !== 0 && !stuck && part !== '/dev/null')
    return `everyone may write to ${visible(part)}`;
  return stat.uid === 0 || stat.uid === uid ? '' : `${visible(reading.host.userName(stat.uid))} owns ${visible(part)}`;
}

function openPlaceBehind(reading: Reading, path: string, { runner, depth }: { runner: Runner; depth: number }): string {
  const place = OPEN_PLACES.find((start) => path.startsWith(start));
  if (place !== undefined) return `it is a link below ${place.slice(0, -1)}, where everyone may write`;
  return onTheWay(reading, path, { runner, depth: depth + 1 });
}

/** A name that `ls` does not show; below the runner's own home that is where programs keep their things. */
function hiddenIn(path: string, { home }: Runner): string {
  if (home === '/' || (home !== '' && path.startsWith(`${home}/`))) return '';
  const at = path.indexOf('/.');
  return at < 0 ? '' : `${visible(path)} is hidden by the dot in its name`;
}
