/**
 * Two listings of UDP and Unix sockets, held against each other: the dump of sock_diag(7), which ss reads, and the text of
 * /proc/PID/net, which netstat and lsof read. Rootkits filter one of them (seq_show of udp4, or the netlink answer) and
 * seldom both. What comes and goes meanwhile differs in every reading: only what stays apart in all of them is told.
 */

import { setImmediate } from 'node:timers/promises';
import { parseProcNetIp } from '#formats/proc-net-ip.ts';
import { parseProcNetUnix } from '#formats/proc-net-unix.ts';
import { receives } from '#formats/socket-rows.ts';
import type { Parsed } from '#lib/parse-lines.ts';
import { blindOf } from '#model/gap.ts';
import { isFailure, type NetworkNamespace, type RawSocket, type SocketHost, type SocketSnapshot } from '#model/host.ts';
import { holdersOf } from './held-sockets.ts';

/** Each reading of both costs as much as a look at the sockets: see docs/decisions/0225-two-listings.md. */
const EVERY_MS = 60_000;
/** Readings of both after the first; a text that is read in pieces leaves out what stands where two of them meet. */
const CONFIRMATIONS = 3;
/** Readings of both in all, before a word is said. */
export const READINGS = 1 + CONFIRMATIONS;
const PAUSE_MS = 250;
/** Sockets that are read about again; more at once is told with these. */
const MAX_SUSPECTS = 64;
/** Namespaces of one round; the next goes on behind them. */
const MAX_NAMESPACES = 64;
/** About 120,000 lines of udp; a longer text is not compared. */
const MAX_TEXT_BYTES = 16 << 20;
/** Characters that are read before others have their turn. */
const CHUNK = 64 << 10;

type Line = Omit<RawSocket, 'namespace'>;
const texts: readonly { readonly file: string; readonly parse: (text: string) => Parsed<Line> }[] = [
  { file: 'udp', parse: (text) => parseProcNetIp(text, 'udp', 'inet') },
  { file: 'udp6', parse: (text) => parseProcNetIp(text, 'udp', 'inet6') },
  { file: 'unix', parse: parseProcNetUnix },
];

/** A socket that one listing has and the other has not. */
export interface Unequal {
  readonly socket: RawSocket;
  readonly shownBy: 'sock_diag' | '/proc/net';
  /** Processes that hold it, as far as its listing knows. */
  readonly pids: readonly number[];
  /** When it was first seen to differ; epoch milliseconds. */
  readonly sinceMs: number;
}

/** What one reading of both showed, by the view that has it, the namespace and the inode. */
type Differences = ReadonlyMap<string, Omit<Unequal, 'sinceMs'>>;

/** Holds the listings of a host against each other once a minute. */
export class SocketListings {
  readonly #host: SocketHost;
  #unequal: readonly Unequal[] = [];
  #nextMs = Number.NEGATIVE_INFINITY;
  #turn = 0;

  constructor(host: SocketHost) {
    this.#host = host;
  }

  /** What differed in the last comparison, which is made anew when a minute has passed. */
  async look(signal: AbortSignal): Promise<readonly Unequal[]> {
    const nowMs = this.#host.clock.monotonicMs();
    if (nowMs < this.#nextMs) return this.#unequal;
    this.#nextMs = nowMs + EVERY_MS;
    this.#unequal = await this.compare(signal);
    return this.#unequal;
  }

  /** Reads both at once, and again while something differs. */
  async compare(signal: AbortSignal): Promise<readonly Unequal[]> {
    const { clock } = this.#host;
    const places = this.#places();
    const first = await readBoth(this.#host, places, 'receiving', signal);
    let suspects = [...(first ?? [])].slice(0, MAX_SUSPECTS);
    for (let round = 0; round < CONFIRMATIONS && suspects.length > 0; round += 1) {
      await clock.sleep(PAUSE_MS, signal);
      const concerned = new Set(suspects.map(([, { socket }]) => socket.namespace));
      const again = await readBoth(
        this.#host,
        places.filter(({ inode }) => concerned.has(inode)),
        'all',
        signal,
      );
      suspects = suspects.flatMap(([key]): typeof suspects => {
        const still = again?.get(key);
        return still === undefined ? [] : [[key, still]];
      });
    }
    const before = new Map(this.#unequal.map((one) => [one.socket.inode, one.sinceMs]));
    const found = suspects.map(([, { socket, shownBy, pids }]) => {
      const sinceMs = before.get(socket.inode) ?? clock.nowMs();
      return { socket, shownBy, pids, sinceMs };
    });
    return held(this.#host, found);
  }

  /** A namespace without a process has no text that could be read from outside of it. */
  #places(): readonly NetworkNamespace[] {
    const { network, scope } = this.#host;
    const all = network.namespaces(scope).filter(({ pid }) => pid > 0);
    if (all.length <= MAX_NAMESPACES) return all;
    const from = this.#turn % all.length;
    this.#turn = from + MAX_NAMESPACES;
    return [...all.slice(from), ...all.slice(0, from)].slice(0, MAX_NAMESPACES);
  }
}

/** /proc/net does not tell who holds a socket; sock_diag's dump was asked already. */
async function held(host: SocketHost, found: readonly Unequal[]): Promise<readonly Unequal[]> {
  const unowned = found.filter(({ pids }) => pids.length === 0).map(({ socket }) => socket.inode);
  if (unowned.length === 0) return found;
  const holders = await holdersOf(host, new Set(unowned));
  return found.map((one) => {
    const pid = holders.get(one.socket.inode);
    return pid === undefined ? one : { ...one, pids: [pid] };
  });
}

/** Undefined where sock_diag did not answer for everything: then there is no second view. */
async function readBoth(
  host: SocketHost,
  places: readonly NetworkNamespace[],
  what: 'receiving' | 'all',
  signal: AbortSignal,
): Promise<Differences | undefined> {
  const snapshot = await host.network.snapshot({ scope: host.scope, what, signal });
  try {
    if (snapshot.by !== 'sock_diag' || blindOf(snapshot.gaps).length > 0) return undefined;
    const dumped = await dumpOf(snapshot, new Set(places.map(({ inode }) => inode)));
    const read = new Set<string>();
    const unequal = new Map<string, Omit<Unequal, 'sinceMs'>>();
    for (const place of places) {
      signal.throwIfAborted();
      for (const socket of await onlyInText(host, place, dumped, read)) {
        const forged = dumped.broken.some((name) => name.includes(` ${socket.inode}`));
        if (!forged)
          unequal.set(`text ${socket.namespace} ${socket.inode}`, { socket, shownBy: '/proc/net', pids: [] });
      }
    }
    for (const [inode, index] of dumped.unmet) {
      const socket = snapshot.at(index);
      if (read.has(`${socket.namespace} ${fileOf(socket)}`) && isBound(socket))
        unequal.set(`dump ${socket.namespace} ${inode}`, {
          socket,
          shownBy: 'sock_diag',
          pids: snapshot.ownersOf(index),
        });
    }
    return unequal;
  } finally {
    snapshot.release?.();
  }
}

interface Dumped {
  /** Of every namespace and family: an inode is one socket of the host. */
  readonly inodes: ReadonlySet<number>;
  /** Inode → index in the snapshot; what a text has is taken out. */
  readonly unmet: Map<number, number>;
  /** Unix names with a newline: in the text, their rest may look like a socket of its own. */
  readonly broken: readonly string[];
}

async function dumpOf(snapshot: SocketSnapshot, namespaces: ReadonlySet<number>): Promise<Dumped> {
  const inodes = new Set<number>();
  const unmet = new Map<number, number>();
  const broken: string[] = [];
  for (let index = 0; index < snapshot.length; index += 1) {
    if (index % 2000 === 1999) await setImmediate();
    const socket = snapshot.at(index);
    inodes.add(socket.inode);
    if (socket.path.includes('\n')) broken.push(socket.path);
    if (socket.inode !== 0 && namespaces.has(socket.namespace) && fileOf(socket) !== '') unmet.set(socket.inode, index);
  }
  return { inodes, unmet, broken };
}

/** The file of /proc/net that has it as well; "" for those that are not compared. */
function fileOf({ family, protocol }: RawSocket): string {
  if (family === 'unix') return 'unix';
  if (protocol !== 'udp') return '';
  return family === 'inet6' ? 'udp6' : 'udp';
}

/** What somebody can send to; the choice of `receiving` dumps, so that what they leave out differs from nothing. */
function isBound(socket: Line): boolean {
  return receives(socket) && (socket.family === 'unix' || socket.localPort > 0);
}

/** Rows of the texts of one namespace that the dump lacks; what both have is taken out of `unmet`. */
async function onlyInText(
  host: SocketHost,
  { inode: namespace, pid }: NetworkNamespace,
  { inodes, unmet }: Dumped,
  read: Set<string>,
): Promise<RawSocket[]> {
  const found: RawSocket[] = [];
  // The process may have gone, or into another namespace (setns(2)), and its number to another one.
  const isThere = (): boolean => host.files.readlink(`/proc/${pid}/ns/net`) === `net:[${namespace}]`;
  for (const { file, parse } of texts) {
    const bytes = isThere() ? host.files.read(`/proc/${pid}/net/${file}`, MAX_TEXT_BYTES) : undefined;
    if (bytes === undefined || isFailure(bytes) || !isThere()) continue;
    for (const part of partsOf(bytes.toString('latin1'))) {
      for (const line of parse(part).rows) {
        unmet.delete(line.inode);
        const isMissing = line.inode !== 0 && !inodes.has(line.inode) && isBound(line);
        if (isMissing && found.length < MAX_SUSPECTS) found.push({ ...line, namespace });
      }
      await setImmediate();
    }
    read.add(`${namespace} ${file}`);
  }
  return found;
}

/** Pieces of whole lines; each begins with a line that parsers skip as the header. */
function* partsOf(text: string): Generator<string> {
  let from = text.indexOf('\n');
  while (from >= 0 && from < text.length - 1) {
    const end = text.indexOf('\n', from + CHUNK);
    yield text.slice(from, end < 0 ? text.length : end);
    from = end;
  }
}

const listings = new WeakMap<SocketHost, SocketListings>();

/** The listings of a host. */
export function listingsOf(host: SocketHost): SocketListings {
  const known = listings.get(host);
  if (known !== undefined) return known;
  const made = new SocketListings(host);
  listings.set(host, made);
  return made;
}
