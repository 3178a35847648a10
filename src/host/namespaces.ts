/** The network namespaces of this host, and what people call them. See docs/decisions/0013-namespaces.md. */

import { belongingOf } from '#formats/cgroup.ts';
import { BoundedMap } from '#lib/bounded-map.ts';
import { byteText } from '#lib/byte-text.ts';
import { tokenBucket } from '#lib/token-bucket.ts';
import { type Failure, type Files, isFailure, type NetworkNamespace } from '#model/host.ts';
import { containerLabel } from './container-label.ts';
import { libc } from './ffi.ts';
import { inodeAt } from './netns.ts';
import { listPids } from './pids.ts';

/** A namespace and the file by which it can be entered. */
export interface FoundNamespace extends NetworkNamespace {
  readonly path: string;
}

export interface Namespaces {
  list(scope: 'all' | 'own'): readonly FoundNamespace[];
  labelOf(inode: number): string;
  /** A way into a namespace; undefined when it is gone or out of scope. */
  find(inode: number): FoundNamespace | undefined;
  /** Our own namespace. */
  readonly own: number;
}

/** Every process is asked again after this long: setns(2) and unshare(2) move processes without any sign. */
const REREAD_MS = 30_000;
const NETNS = '/run/netns';
const MAX_LABELS = 4096;
const UNKNOWN = 'namespace unknown';
/**
 * A namespace that is new is looked for when its first event comes, or that event would be told as another place than
 * the look that follows tells. Whoever makes namespaces by the thousand gets so many looks for them, then one a second.
 */
const LOOKS_FOR_NEW = 20;
const LOOKS_PER_SECOND = 1;
/** The kernel gives the number of a namespace that is gone to the next one: a name is held against the machine so often. */
const TRUSTED_MS = 10;

interface Seen {
  readonly inode: number;
  /** Asked at least twice: a child that will enter a namespace does so right after its birth. */
  readonly settled: boolean;
}

/** Watches namespaces through /proc and /run/netns; `scope` decides which one is "host" and what a label can be. */
export function openNamespaces(files: Files, monotonicMs: () => number, scope: 'all' | 'own'): Namespaces {
  const own = namespaceOf('/proc/thread-self/ns/net');
  const first = scope === 'all' ? firstNamespace() || own : own;
  const labels = new BoundedMap<number, string>(MAX_LABELS);
  labels.set(first, 'host');
  const pids = processNamespaces(monotonicMs);
  const looks = tokenBucket(LOOKS_FOR_NEW, LOOKS_PER_SECOND);
  let known = new Map<number, FoundNamespace>();
  const checkedMs = new BoundedMap<number, number>(MAX_LABELS);
  const ours: FoundNamespace = { inode: own, label: 'host', pid: process.pid, path: '/proc/thread-self/ns/net' };

  const listAll = (): readonly FoundNamespace[] => {
    const found = new Map<number, FoundNamespace>();
    for (const [pid, { inode }] of pids()) {
      if (inode === 0 || found.has(inode)) continue;
      found.set(inode, { inode, pid, label: '', path: `/proc/${pid}/ns/net` });
    }
    const named = namedNamespaces(files);
    for (const [inode, name] of named) {
      if (!found.has(inode)) found.set(inode, { inode, pid: 0, label: '', path: `${NETNS}/${name}` });
    }
    known = new Map();
    for (const namespace of found.values()) {
      const label =
        namespace.inode === first ? 'host' : (named.get(namespace.inode) ?? labelByProcess(files, namespace.pid));
      labels.set(namespace.inode, label);
      known.set(namespace.inode, { ...namespace, label });
      checkedMs.set(namespace.inode, monotonicMs());
    }
    return [...known.values()];
  };
  /** It is still the namespace that we know by this number. */
  const isSame = (inode: number): boolean => {
    const before = known.get(inode);
    if (inode === first || before === undefined) return inode === first;
    const nowMs = monotonicMs();
    if (nowMs - (checkedMs.get(inode) ?? Number.NEGATIVE_INFINITY) < TRUSTED_MS) return true;
    const now = before.pid > 0 ? namespaceOf(before.path) : inodeAt(before.path);
    if (now === inode) checkedMs.set(inode, nowMs);
    return now === inode;
  };
  /** Looks again for a namespace that came since. */
  const refresh = (): void => {
    if (scope === 'all' && looks.take(monotonicMs())) listAll();
  };

  return {
    own,
    list: (wanted) => (wanted === 'own' ? [ours] : listAll()),
    labelOf(inode) {
      if (!isSame(inode)) refresh();
      return labels.get(inode) ?? UNKNOWN;
    },
    find(inode) {
      if (inode === own) return ours;
      if (!isSame(inode)) refresh();
      return known.get(inode);
    },
  };
}

/** The namespace of every process; those that are known are asked anew every half minute only. */
function processNamespaces(monotonicMs: () => number): () => ReadonlyMap<number, Seen> {
  let pids = new Map<number, Seen>();
  let rereadMs = Number.NEGATIVE_INFINITY;
  return () => {
    const all = monotonicMs() - rereadMs >= REREAD_MS;
    if (all) rereadMs = monotonicMs();
    const next = new Map<number, Seen>();
    for (const pid of listPids()) {
      const before = pids.get(pid);
      if (before?.settled === true && !all) next.set(pid, before);
      else next.set(pid, { inode: namespaceOf(`/proc/${pid}/ns/net`), settled: before !== undefined });
    }
    pids = next;
    return pids;
  };
}

/** NET_NS_INIT_INO of include/uapi/linux/nsfs.h, kernel ≥ 6.18; before, it was given at boot, from 0xF0000000 up. */
const FIXED_FIRST = 0xefff_fff9;

/**
 * The namespace of pid 1, which is the machine's own, or the container's where pid 1 is a container's; 0 when it cannot
 * be told. A security module may refuse to show pid 1's even to root: then the number that newer kernels fixed tells.
 */
export function firstNamespace(
  ofFirstProcess = namespaceOf('/proc/1/ns/net'),
  own = namespaceOf('/proc/self/ns/net'),
): number {
  if (ofFirstProcess !== 0) return ofFirstProcess;
  return own === FIXED_FIRST ? own : 0;
}

const link = Buffer.alloc(64);

/** Inode number in a link such as "net:[4026531840]"; 0 when it cannot be read. */
export function namespaceOf(path: string): number {
  const length = libc.readlink(path, link, link.length);
  if (length < 7 || link[0] !== 0x6e || link[4] !== 0x5b) return 0;
  let inode = 0;
  for (let at = 5; at < length - 1; at++) inode = inode * 10 + (link[at] ?? 0) - 0x30;
  return inode;
}

/** Inode and name of what `ip netns add` pinned. What cannot be opened or is no namespace is left out. */
function namedNamespaces(files: Files): Map<number, string> {
  const named = new Map<number, string>();
  const names: readonly string[] | Failure = files.list(NETNS);
  if (isFailure(names)) return named;
  for (const name of names) {
    const inode = inodeAt(`${NETNS}/${name}`);
    if (!isFailure(inode)) named.set(inode, name);
  }
  return named;
}

/** Container, else unit, else the program of its oldest process: what stays the same over restarts. */
function labelByProcess(files: Files, pid: number): string {
  const text = files.read(`/proc/${pid}/cgroup`, 64 << 10);
  const cgroup = isFailure(text) ? '' : byteText(text);
  const container = containerLabel(files, cgroup);
  if (container !== undefined) return container;
  const { unit } = belongingOf(cgroup);
  if (unit !== '') return unit;
  const comm = files.read(`/proc/${pid}/comm`, 64);
  return isFailure(comm) ? 'unnamed' : `namespace of ${byteText(comm).trimEnd()}`;
}
