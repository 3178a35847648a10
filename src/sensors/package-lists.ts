/** What packages ship, from dpkg's lists into the index: only lists that have changed are read. */

import { parseDiversions, parseMd5sums, withoutArch } from '#formats/dpkg.ts';
import { parseConffiles } from '#formats/dpkg-conffiles.ts';
import { textOf } from '#lib/text-of.ts';
import { type Files, type Host, isFailure } from '#model/host.ts';
import type { FileIndex, ShippedFile } from '#model/integrity.ts';

const INFO = '/var/lib/dpkg/info';
const STATUS = '/var/lib/dpkg/status';
const SUMS = '.md5sums';
const MAX_LIST_BYTES = 64 << 20;
const PIECE_BYTES = 16 << 10;
/** Configuration files are in no list of sums: dpkg keeps what it shipped of them in its status. */
export const CONFFILES = '(configuration)';
/** Directories that a merged /usr makes one: /bin is a link to /usr/bin. */
const MERGED = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'];

/** Reads in what has changed; true when anything had. */
export async function readPackageLists(
  host: Pick<Host, 'files'>,
  index: FileIndex,
  rest: () => Promise<void>,
): Promise<boolean> {
  const { files } = host;
  const names = files.list(INFO);
  if (isFailure(names)) return false;
  const known = index.lists();
  const whereIs = placing(files);
  const present = new Set<string>();
  let changed = false;
  for (const file of names) {
    if (!file.endsWith(SUMS)) continue;
    const list = file.slice(0, -SUMS.length);
    present.add(list);
    const stamp = stampOf(files, `${INFO}/${file}`);
    if (known.get(list) === stamp) continue;
    index.putList(list, stamp, shippedBy(files, list, whereIs));
    changed = true;
    await rest();
  }
  for (const list of known.keys()) {
    if (present.has(list) || list === CONFFILES) continue;
    index.dropList(list);
    changed = true;
  }
  return readConffiles(files, index, known.get(CONFFILES)) || changed;
}

/** Piece by piece: the list of one package may have a hundred thousand lines. */
function* shippedBy(files: Files, list: string, whereIs: WhereIs): Generator<ShippedFile> {
  const sums = files.read(`${INFO}/${list}${SUMS}`, MAX_LIST_BYTES);
  if (isFailure(sums)) return;
  for (let start = 0; start < sums.length; ) {
    const newline = sums.indexOf(10, Math.min(start + PIECE_BYTES, sums.length - 1));
    const end = newline < 0 ? sums.length : newline + 1;
    const { rows } = parseMd5sums(textOf(sums.subarray(start, end)));
    for (const { md5, path } of rows) yield shipped(whereIs(path, list), md5, false);
    start = end;
  }
}

function readConffiles(files: Files, index: FileIndex, before: string | undefined): boolean {
  const stamp = stampOf(files, STATUS);
  if (before === stamp) return false;
  const status = files.read(STATUS, MAX_LIST_BYTES);
  if (isFailure(status)) return false;
  const { rows } = parseConffiles(textOf(status));
  const current = rows.filter(({ obsolete }) => !obsolete);
  index.putList(
    CONFFILES,
    stamp,
    current.map(({ md5, path }) => shipped(path, md5, true)),
  );
  return true;
}

function shipped(path: string, md5: string, conffile: boolean): ShippedFile {
  const slash = path.lastIndexOf('/');
  return { folder: path.slice(0, slash) || '/', name: path.slice(slash + 1), md5, conffile };
}

type WhereIs = (path: string, list: string) => string;

/** Where a shipped file lies: under the merged /usr, and aside where another package has diverted it. */
function placing(files: Files): WhereIs {
  const aliased = new Set(MERGED.filter((name) => !isFailure(files.readlink(`/${name}`))));
  const text = files.read('/var/lib/dpkg/diversions');
  const { rows } = isFailure(text) ? { rows: [] } : parseDiversions(textOf(text));
  const diverted = new Map(rows.map(({ from, to, by }) => [from, { to, by }]));
  const merged = (path: string): string => {
    const [, first = ''] = path.split('/', 2);
    return aliased.has(first) ? `/usr${path}` : path;
  };
  return (path, list) => {
    const diversion = diverted.get(path) ?? diverted.get(merged(path));
    return merged(diversion !== undefined && diversion.by !== withoutArch(list) ? diversion.to : path);
  };
}

function stampOf(files: Files, path: string): string {
  const stat = files.stat(path);
  return isFailure(stat) ? stat.error : `${stat.inode} ${stat.ctimeMs} ${stat.sizeBytes}`;
}
