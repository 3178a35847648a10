/** The live packet sense: in our namespace, and in those of containers where all are watched; one way to hear in each. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Gap } from '#model/gap.ts';
import { type Clock, type Files, isFailure, type Network } from '#model/host.ts';
import type { Packets, PacketWish } from '#model/packets.ts';
import { HEARD_BY, type HearingWays, openPacketNamespace, type PacketNamespace } from './packet-namespace.ts';

/** Memory of our own ring: a fifth of a second of 100,000 packets a second. It counts as memory of this process. */
const OWN_RING_BYTES = 4 << 20;
/** The same of another namespace. */
const OTHER_RING_BYTES = 512 << 10;
/** Other namespaces that are heard. */
const MAX_NAMESPACES = 24;
const SWEEP_MS = 10_000;

export interface PacketsParts {
  readonly clock: Clock;
  readonly network: Network;
  readonly files: Pick<Files, 'read'>;
  readonly scope: 'all' | 'own';
  /** How often namespaces that came and went are looked for; default 10 s. */
  readonly sweepMs?: number;
  /** Default: the ring alone. */
  readonly ways?: HearingWays;
}

/** The live sense also tells how many namespaces are heard, and why the one we are in is heard as it is. */
export interface LivePackets extends Packets {
  open(): number;
  /** Why our own namespace is heard by the second choice; "" where it is the first. */
  readonly instead: string;
}

/** Arms it; what the kernel refuses is said in `gaps`. */
export async function openPackets(parts: PacketsParts, wish: PacketWish, signal: AbortSignal): Promise<LivePackets> {
  const all = new AllNamespaces(parts, wish);
  await all.sweep();
  const stop = new AbortController();
  const close = (): void => stop.abort();
  signal.addEventListener('abort', close, { once: true });
  if (signal.aborted) close();
  const sweeping = all.run(stop.signal);
  return {
    get by() {
      return all.by;
    },
    get gaps() {
      return all.gaps;
    },
    open: () => all.size,
    get instead() {
      return all.instead;
    },
    lost: () => all.lost(),
    isOurs: (namespace, bytes, at, length) => all.get(namespace)?.isOurs(bytes, at, length) === true,
    openPorts: (namespace) =>
      all.get(namespace)?.openPorts() ?? Promise.resolve({ tcp: new Set<number>(), udp: new Set<number>() }),
    handshakes: (namespace) => all.get(namespace)?.handshakes(),
    hush: (namespace, port) => all.get(namespace)?.hush(port),
    async [Symbol.asyncDispose]() {
      signal.removeEventListener('abort', close);
      close();
      await sweeping;
    },
  };
}

class AllNamespaces {
  readonly #parts: PacketsParts;
  readonly #wish: PacketWish;
  readonly #open = new Map<number, PacketNamespace>();
  readonly #own: number;
  #lostBefore = 0;
  #refused = new Map<number, Gap>();
  #tooMany = 0;

  constructor(parts: PacketsParts, wish: PacketWish) {
    this.#parts = parts;
    this.#wish = wish;
    this.#own = parts.network.namespaces('own')[0]?.inode ?? 0;
  }

  get gaps(): readonly Gap[] {
    const gaps = [...this.#refused.values()];
    if (this.#tooMany > 0) {
      const why = `${MAX_NAMESPACES} namespaces are heard, ${this.#tooMany} more are not`;
      gaps.push({ what: 'packets of namespaces', why });
    }
    return gaps;
  }

  /** "packet ring", "NFLOG", or both where namespaces differ. */
  get by(): string {
    const used = new Set([...this.#open.values()].map(({ by }) => by));
    return used.size === 0 ? HEARD_BY.ring : [...used].join(', ');
  }

  get instead(): string {
    return this.#open.get(this.#own)?.instead ?? '';
  }

  get size(): number {
    return this.#open.size;
  }

  get(namespace: number): PacketNamespace | undefined {
    return this.#open.get(namespace);
  }

  lost(): number {
    let lost = this.#lostBefore;
    for (const open of this.#open.values()) lost += open.lost();
    return lost;
  }

  /** Opens what came, closes what went: a ring would keep a namespace alive that nobody else is in. */
  async sweep(): Promise<void> {
    const { network, scope } = this.#parts;
    const found = network.namespaces(scope);
    const there = new Set(found.map(({ inode }) => inode));
    for (const [inode, open] of this.#open) {
      if (!there.has(inode)) this.#close(inode, open);
      else open.unhush();
    }
    for (const inode of this.#refused.keys()) if (!there.has(inode)) this.#refused.delete(inode);
    this.#tooMany = 0;
    for (const namespace of found) {
      if (this.#open.has(namespace.inode)) continue;
      if (this.#open.size > MAX_NAMESPACES && namespace.inode !== this.#own) {
        this.#tooMany += 1;
        continue;
      }
      await this.#openOne(namespace);
    }
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(this.#parts.sweepMs ?? SWEEP_MS, undefined, { signal, ref: false }).catch(() => undefined);
      if (!signal.aborted) await this.sweep();
    }
    for (const [inode, open] of this.#open) this.#close(inode, open);
  }

  async #openOne(namespace: { readonly inode: number; readonly label: string; readonly pid: number }): Promise<void> {
    const { clock, network, files } = this.#parts;
    const own = namespace.inode === this.#own;
    const opened = openPacketNamespace(namespace, {
      clock,
      files,
      own: this.#own,
      ringBytes: own ? OWN_RING_BYTES : OTHER_RING_BYTES,
      ephemeral: network.ephemeralPorts(namespace.inode),
      ways: this.#parts.ways ?? { logFirst: false, tag: undefined },
    });
    if (isFailure(opened)) {
      // Gone since we listed it.
      if (opened.error === 'ENOENT' || opened.error === 'ESTALE') return;
      const what = own ? 'packets' : `packets of ${namespace.label}`;
      const why = `${opened.path}: ${opened.error}`;
      this.#refused.set(namespace.inode, {
        what,
        why,
        next: 'Run Telltale as root, or with CAP_NET_RAW (the packet ring), or with CAP_NET_ADMIN and nft (NFLOG).',
      });
      return;
    }
    this.#refused.delete(namespace.inode);
    this.#open.set(namespace.inode, opened);
    await opened.readAddresses();
    opened.start(this.#wish);
  }

  #close(inode: number, open: PacketNamespace): void {
    open[Symbol.dispose]();
    this.#lostBefore += open.lost();
    this.#open.delete(inode);
  }
}
