/** Holds one file against what its package shipped, and against its rights when it was first found right. */

import { capabilityText } from '#formats/file-capability.ts';
import { type Host, isFailure } from '#model/host.ts';
import type { DeepStat, FileIndex, IndexedFile, IntegrityDoor } from '#model/integrity.ts';
import { isBelowAny } from './file-places.ts';
import { needsAttributes, programKind } from './file-signs.ts';

export interface CheckParts {
  readonly host: Pick<Host, 'packages'>;
  readonly door: IntegrityDoor;
  readonly rest: () => Promise<void>;
}

/** Where a program that no package ships is news by itself; /usr/local is for administrators. */
/** Where programs of packages lie. */
export const PROGRAM_FOLDERS: readonly string[] = [
  '/usr/bin',
  '/usr/sbin',
  '/usr/games',
  '/usr/libexec',
  '/usr/lib/systemd',
];
/** Only these themselves, not what is below: libraries that every program loads, and modules of PAM. */
const LIBRARY_FOLDERS = /^\/usr\/lib\/(?:[a-z0-9_]+-linux-gnu[a-z0-9]*)(?:\/security)?$|^\/usr\/lib(?:64|\/security)?$/;
/** Left out by many minimal systems on purpose (path-exclude of dpkg). */
const DISPENSABLE = /^\/usr\/share\/(?:doc|man|info|locale|lintian|help|gnome\/help|gtk-doc|groff)\//;
const MARK_CHARS = 12;

/** Whether a program there should come from a package. */
export function isForPackages(folder: string): boolean {
  return isBelowAny(folder, PROGRAM_FOLDERS) || LIBRARY_FOLDERS.test(folder);
}

/** Checks a shipped file; `full` reads its content also when inode, ctime and size say that it is the same. */
export async function checkShipped(
  parts: CheckParts,
  at: { readonly folder: string; readonly file: IndexedFile; readonly stat: DeepStat },
  full: boolean,
): Promise<void> {
  const { folder, file, stat } = at;
  const path = pathOf(folder, file.name);
  const stamp = stampOf(stat);
  const rights = rightsOf(parts.door, path, stat);
  if (!full && stamp === file.stamp && rights === file.rights && !/missing/.test(file.verdict)) return;
  const known = !full && stamp === file.stamp;
  const content = known ? contentPart(file.verdict) : await contentVerdict(parts, path, file, stat);
  // It went while it was read: whoever tells of its end comes next.
  if (content === undefined) return;
  const before = file.rights === '' ? firstRights(parts, file, stat, rights) : file.rights;
  const verdict = [content, ...rightsVerdict(before, rights)].filter((part) => part !== '').join(',');
  const kept = { ...file, stamp, verdict, rights: before };
  if (kept.verdict !== file.verdict || kept.stamp !== file.stamp || kept.rights !== file.rights)
    parts.door.index.put(folder, kept);
}

/** A shipped file that the walk did not meet: behind a linked folder, left out on purpose, or missing. */
export async function checkUnmet(parts: CheckParts, folder: string, file: IndexedFile, full: boolean): Promise<void> {
  const path = pathOf(folder, file.name);
  const stat = parts.door.deep.stat(path);
  if (!isFailure(stat)) {
    await checkShipped(parts, { folder, file, stat }, full);
    return;
  }
  const verdict = file.conffile || DISPENSABLE.test(path) || stat.error !== 'ENOENT' ? '' : 'missing';
  if (verdict !== file.verdict || file.stamp !== '')
    parts.door.index.put(folder, { ...file, stamp: '', verdict, rights: '' });
}

/** A file in a place for packages that no list with sums names. */
export async function checkUnshipped(
  parts: CheckParts,
  at: { readonly folder: string; readonly name: string; readonly stat: DeepStat },
  before: IndexedFile | undefined,
): Promise<void> {
  const { folder, name, stat } = at;
  const stamp = stampOf(stat);
  if (stat.type !== 'file' || before?.stamp === stamp) return;
  const verdict = await unshippedVerdict(parts, pathOf(folder, name));
  const rights = '';
  parts.door.index.put(folder, { name, list: '', md5: '', conffile: false, stamp, rights, verdict });
}

/** Something without a row of its own is gone: nothing remains to be said of it. */
export function dropUnshipped(index: FileIndex, folder: string, file: IndexedFile): void {
  if (file.list === '') index.drop(folder, file.name);
}

export function pathOf(folder: string, name: string): string {
  return folder === '/' ? `/${name}` : `${folder}/${name}`;
}

async function contentVerdict(
  { door, rest }: CheckParts,
  path: string,
  file: IndexedFile,
  stat: DeepStat,
): Promise<string | undefined> {
  if (stat.type !== 'file') return `altered:${stat.type}`;
  const md5 = await door.deep.digest(path, 'md5', rest);
  if (isFailure(md5)) return md5.error === 'ENOENT' ? undefined : 'unreadable';
  return md5 === file.md5 ? '' : `altered:${md5.slice(0, MARK_CHARS)}`;
}

async function unshippedVerdict({ host, door, rest }: CheckParts, path: string): Promise<string> {
  const head = door.deep.head(path, 4);
  if (isFailure(head) || programKind(head) === '' || host.packages.ownerOf(path) !== '') return '';
  const md5 = await door.deep.digest(path, 'md5', rest);
  return isFailure(md5) ? '' : `unpackaged:${md5.slice(0, MARK_CHARS)}`;
}

function contentPart(verdict: string): string {
  return verdict.split(',').find((part) => part.startsWith('altered') || part === 'unreadable') ?? '';
}

function stampOf({ inode, ctimeMs, sizeBytes }: DeepStat): string {
  return `${inode} ${ctimeMs} ${sizeBytes}`;
}

/** "755 0 0 cap_net_raw=ep": what a package run may set and nothing else should. */
function rightsOf(door: IntegrityDoor, path: string, stat: DeepStat): string {
  const attributes = needsAttributes(stat) ? door.deep.attributes(path) : undefined;
  const bytes = attributes === undefined || isFailure(attributes) ? undefined : attributes.get('security.capability');
  const capabilities = bytes === undefined ? '' : capabilityText(bytes);
  return `${stat.mode.toString(8)} ${stat.uid} ${stat.gid} ${capabilities}`.trimEnd();
}

function rightsVerdict(before: string, now: string): string[] {
  if (before === '' || before === now) return [];
  const was = splitRights(before);
  const is = splitRights(now);
  const verdict: string[] = [];
  if (was.mode !== is.mode) verdict.push(`mode:${was.mode}>${is.mode}`);
  if (was.owners !== is.owners) verdict.push('owner');
  if (was.capabilities !== is.capabilities) verdict.push('capabilities');
  return verdict;
}

/**
 * Rights as they are to stay; "" where they may have been changed just now. What was touched since we began had the rights
 * that nearly all files of packages have, root's and 644 or 755; of settings, and where others gain by it, nobody knows.
 */
function firstRights(parts: CheckParts, { conffile }: IndexedFile, stat: DeepStat, rights: string): string {
  if (stat.type !== 'file' || !isChangedNow(parts, stat)) return rights;
  const { mode } = stat;
  if (conffile || (mode & 0o6000) !== 0 || splitRights(rights).capabilities !== '')
    return isOrdinary(stat, rights) ? rights : '';
  return `${(mode & 0o111) === 0 ? '644' : '755'} 0 0`;
}

/** Since we began, and by no package run: what it is like now need not be what it was like. */
function isChangedNow({ host }: CheckParts, { ctimeMs }: DeepStat): boolean {
  return ctimeMs > performance.timeOrigin && host.packages.run() === undefined;
}

/** As nearly all files of packages are: root's, and nobody else may change them or gain by them. */
function isOrdinary({ mode, uid, gid }: DeepStat, rights: string): boolean {
  return (mode & 0o6022) === 0 && uid === 0 && gid === 0 && splitRights(rights).capabilities === '';
}

function splitRights(rights: string): { mode: string; owners: string; capabilities: string } {
  const [mode = '', uid = '', gid = '', ...capabilities] = rights.split(' ');
  return { mode, owners: `${uid} ${gid}`, capabilities: capabilities.join(' ') };
}
