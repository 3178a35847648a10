/** Watches that the files of packages are as shipped: see docs/sensors/package-files.md. */

import { withoutArch } from '#formats/dpkg.ts';
import { type Host, isFailure } from '#model/host.ts';
import type { Deviation, IntegrityDoor } from '#model/integrity.ts';
import { defineSensor, type Gap } from '#model/sensor.ts';
import { programKind } from './file-signs.ts';
import { walkOf } from './file-walk.ts';
import { pathOf } from './package-check.ts';
import { type PackageFileRow, packageFiles } from './package-files-table.ts';
import { CONFFILES } from './package-lists.ts';

export { type PackageFileRow, packageFiles } from './package-files-table.ts';

/** Rows; beyond it the host is not what its package database says, and that is told as a gap. */
const MAX_ROWS = 5000;
const LIBRARY = /\.(?:so(?:\.[0-9.]+)?|ko(?:\.[a-z]+)?|py|pl|pm|rb|jar)$/;

export default defineSensor<PackageFileRow>({
  name: 'package-files',
  doc: 'Holds every file that dpkg installed against the sums of its package.',
  everyMs: 60_000,
  longestLookMs: 60 * 60_000,
  looksAtHeard: true,
  table: packageFiles,
  async look(host, signal) {
    const walk = walkOf(host);
    const door = host.integrity;
    if (walk === undefined || door === undefined) {
      const why = 'this host is recorded: its programs are not';
      return { rows: [], gaps: [{ what: 'package files', why, reduced: true }], by: 'nothing' };
    }
    if (walk.when === 'at-look') await walk.run(signal);
    const found = door.index.deviations();
    const gaps: Gap[] = [...walk.gaps()];
    if (found.length > MAX_ROWS)
      gaps.push({ what: 'package files', why: `${found.length} are not as shipped: ${MAX_ROWS} are listed` });
    const rows = rowsOf(host, door, found.slice(0, MAX_ROWS));
    const news = ({ path }: PackageFileRow): 'changed' | undefined => (walk.newsOf(path) ? 'changed' : undefined);
    return { rows, gaps, by: 'dpkg', news, ...(!walk.everFinished && { partial: true as const }) };
  },
});

interface Kept {
  readonly stamp: string;
  readonly row: PackageFileRow;
}

const memories = new WeakMap<IntegrityDoor, ReadonlyMap<string, Kept>>();

/** A file that is as it was at the last look has the same row: its first bytes are not read again. */
function rowsOf(host: Host, door: IntegrityDoor, found: readonly Deviation[]): PackageFileRow[] {
  const before = memories.get(door);
  const memory = new Map<string, Kept>();
  for (const deviation of found) {
    const path = pathOf(deviation.folder, deviation.name);
    const stat = door.deep.stat(path);
    const now = isFailure(stat) ? stat.error : `${stat.inode} ${stat.ctimeMs} ${stat.sizeBytes}`;
    const stamp = `${now} ${deviation.list} ${deviation.verdict}`;
    const kept = before?.get(path);
    memory.set(path, kept?.stamp === stamp ? kept : { stamp, row: rowOf(host, door, deviation) });
  }
  memories.set(door, memory);
  return [...memory.values()].map(({ row }) => row);
}

/** What is wrong with one file, as it is now. */
export function rowOf(host: Host, door: IntegrityDoor, deviation: Deviation): PackageFileRow {
  const { folder, name, list, verdict, conffile } = deviation;
  const path = pathOf(folder, name);
  const parts = verdict.split(',').map((part) => part.split(':', 2) as [string, string?]);
  const detail = (word: string): string => parts.find(([first]) => first === word)?.[1] ?? '';
  const stat = door.deep.stat(path);
  const there = isFailure(stat) ? undefined : stat;
  return {
    path,
    package: list === CONFFILES ? host.packages.ownerOf(path) : withoutArch(list),
    wrong: parts.map(([word]) => word),
    mark: detail('altered') || detail('unpackaged'),
    rights: detail('mode').replace('>', ' → '),
    conffile,
    program: there === undefined ? programByName(path) : programOf(door, path),
    mode: there === undefined ? '' : there.mode.toString(8).padStart(4, '0'),
    owner: there === undefined ? '' : host.userName(there.uid),
    sizeBytes: there?.sizeBytes ?? 0,
    mtimeMs: Math.floor(there?.mtimeMs ?? 0),
  };
}

function programOf(door: IntegrityDoor, path: string): string {
  const head = door.deep.head(path, 4);
  const kind = isFailure(head) ? '' : programKind(head);
  return LIBRARY.test(path) ? 'library' : kind === '' ? programByName(path) : kind;
}

/** Of what is not there, by where it was. */
function programByName(path: string): string {
  if (LIBRARY.test(path)) return 'library';
  return /^\/usr\/(?:s?bin|games|libexec)\//.test(path) ? 'binary' : '';
}
