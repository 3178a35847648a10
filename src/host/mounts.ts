/** The mounts that this process sees, and which of them a path is on. */

import { type Mount, parseMountinfo } from '#formats/mountinfo.ts';
import { type Files, isFailure } from '#model/host.ts';

/** File systems of the kernel's own in which nothing is a file that somebody wrote. */
const NO_FILES = new Set([
  'autofs',
  'binfmt_misc',
  'bpf',
  'cgroup',
  'cgroup2',
  'configfs',
  'debugfs',
  'devpts',
  'efivarfs',
  'fusectl',
  'hugetlbfs',
  'mqueue',
  'nsfs',
  'proc',
  'pstore',
  'rpc_pipefs',
  'securityfs',
  'selinuxfs',
  'sysfs',
  'tracefs',
]);
/** Of those, the ones whose files are settings that somebody writes. */
const SETTINGS = new Set(['binfmt_misc', 'proc', 'securityfs', 'selinuxfs', 'sysfs']);
const FROM_ELSEWHERE = /^(?:nfs4?|cifs|smb3|9p|ceph|afs|fuse(?:\..*)?|glusterfs|lustre|virtiofs|beegfs)$/;

/** Which mounts stand on which. */
interface Tree {
  /** On none that is seen: the root, or in a chroot each. */
  readonly roots: readonly Mount[];
  readonly on: ReadonlyMap<number, readonly Mount[]>;
}

const trees = new WeakMap<Mounts, Tree>();

/** Mounts of this process, in the kernel's order: of two at one point the later one covers the earlier. */
export interface Mounts {
  readonly all: readonly Mount[];
  /** As read, to see whether it changed. */
  readonly text: string;
}

export function readMounts(files: Files): Mounts {
  const content = files.read('/proc/self/mountinfo');
  const text = isFailure(content) ? '' : content.toString('latin1');
  return { all: parseMountinfo(text).rows, text };
}

/**
 * The mount that an absolute path is on, as the kernel walks there: a mount below a folder that another one covers since
 * is on no path any more. Undefined without any mounts.
 */
export function mountOf(mounts: Mounts, path: string): Mount | undefined {
  const tree = treeOf(mounts);
  let mount: Mount | undefined;
  for (let next = nearest(tree.roots, path); next !== undefined; next = nearest(tree.on.get(next.id) ?? [], path))
    mount = next;
  return mount;
}

/** Mounts of real files that a watched path is on, or has below it. */
export function mountsFor(mounts: Mounts, path: string): readonly Mount[] {
  const below = mounts.all.filter(
    (mount) => mount.point !== path && isWithin(mount.point, path) && mountOf(mounts, mount.point) === mount,
  );
  const own = mountOf(mounts, path);
  return (own === undefined ? below : [own, ...below]).filter(holdsFiles);
}

export function holdsFiles({ type }: Mount): boolean {
  return !NO_FILES.has(type);
}

/** Its files are no files, but settings of the kernel. */
export function holdsSettings({ type }: Mount): boolean {
  return SETTINGS.has(type);
}

/** Other machines may change files there, and the kernel does not tell of it. */
export function comesFromElsewhere({ type }: Mount): boolean {
  return FROM_ELSEWHERE.test(type);
}

/** The path itself, or a path below it. */
export function isWithin(path: string, folder: string): boolean {
  if (folder === '/') return true;
  return path.startsWith(folder) && (path.length === folder.length || path[folder.length] === '/');
}

/** `path` below `from` as it is called below `to`. */
export function moved(path: string, from: string, to: string): string {
  const rest = from === '/' ? path : path.slice(from.length);
  if (to === '/') return rest === '' ? '/' : rest;
  return rest === '/' ? to : to + rest;
}

function treeOf(mounts: Mounts): Tree {
  const known = trees.get(mounts);
  if (known !== undefined) return known;
  const ids = new Set(mounts.all.map(({ id }) => id));
  // The root of a namespace may be its own parent.
  const roots = mounts.all.filter(({ id, parentId }) => id === parentId || !ids.has(parentId));
  const on = Map.groupBy(
    mounts.all.filter(({ id, parentId }) => id !== parentId),
    ({ parentId }) => parentId,
  );
  const tree = { roots, on };
  trees.set(mounts, tree);
  return tree;
}

/** The one that the way to the path meets first; of two at one point the later. */
function nearest(mounts: readonly Mount[], path: string): Mount | undefined {
  let first: Mount | undefined;
  for (const mount of mounts)
    if (isWithin(path, mount.point) && mount.point.length <= (first?.point.length ?? Number.POSITIVE_INFINITY))
      first = mount;
  return first;
}
