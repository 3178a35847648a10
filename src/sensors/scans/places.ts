/** What one source tried here, place by place: exact for the first few hundred, as bitmaps beyond, so that it stays small. */

/** A place is a protocol and a port: 6 << 16 | 22. For IP protocols and ICMP the "port" is the protocol or type. */
export type PlaceKey = number;

/** Key of a place. */
export function placeKey(protocol: number, port: number): PlaceKey {
  return (protocol << 16) | port;
}

/** TCP or UDP: what can listen there is known. */
export function isPort(place: PlaceKey): boolean {
  return place >> 16 === 6 || place >> 16 === 17;
}

/** Protocol number under which IP protocols are counted. */
export const IP_PROTOCOLS = 255;

/** What is known of a place, as bits. */
export const MARK = {
  /** We said so: RST, or ICMP unreachable. */
  closed: 1,
  /** We answered: SYN+ACK, or something is bound there. */
  open: 2,
  /** They broke off before the connection was made. */
  half: 4,
  /** They broke it off as soon as it was made. */
  aborted: 8,
  /** By a packet that no program sends. */
  stealth: 16,
  wrongSum: 32,
  fragment: 64,
  ipOption: 128,
  /** By a packet that pretends to belong to a connection: we answered RST. */
  unrelated: 256,
  /** By UDP or TCP to a port of clients: an answer that came late looks the same. */
  client: 512,
  /** UDP as traceroute sends it. */
  trace: 1024,
  /** They had been asked by us before. */
  contacted: 2048,
  /** They completed a handshake. */
  proven: 4096,
  /** A trap of ours answered. */
  trap: 8192,
} as const;

export interface Place {
  bits: number;
  atMs: number;
}

/** Places that are kept one by one. */
const MAX_EXACT = 256;

export class Places {
  readonly exact = new Map<PlaceKey, Place>();
  /** Behind that, by protocol (TCP, UDP): which ports were tried, closed and open, a bit each. */
  readonly #more = new Map<number, { tried: Uint8Array; closed: Uint8Array; open: Uint8Array }>();
  tried = 0;
  closed = 0;
  open = 0;

  /** Notes a probe; true when this place is new. */
  probe(key: PlaceKey, bits: number, atMs: number): boolean {
    const place = this.exact.get(key);
    if (place !== undefined) {
      place.bits |= bits;
      place.atMs = atMs;
      return false;
    }
    if (this.exact.size < MAX_EXACT) {
      this.exact.set(key, { bits, atMs });
      this.tried += 1;
      return true;
    }
    return this.#setMore(key, 'tried');
  }

  has(key: PlaceKey): boolean {
    return this.exact.has(key) || this.#bit(key, 'tried');
  }

  /** Notes what became of it. */
  answer(key: PlaceKey, bits: number): void {
    const place = this.exact.get(key);
    if (place === undefined) {
      if (!this.#bit(key, 'tried')) return;
      if ((bits & MARK.closed) !== 0) this.#setMore(key, 'closed');
      if ((bits & MARK.open) !== 0) this.#setMore(key, 'open');
      return;
    }
    const fresh = bits & ~place.bits;
    place.bits |= bits;
    if ((fresh & MARK.closed) !== 0) this.closed += 1;
    if ((fresh & MARK.open) !== 0) this.open += 1;
  }

  bitsOf(key: PlaceKey): number {
    return this.exact.get(key)?.bits ?? 0;
  }

  /** Ports of a protocol that were tried, or only those with a mark, in order; at most `limit`. */
  ports(protocol: number, limit: number, mark: 'tried' | 'closed' | 'open' = 'tried'): number[] {
    const found: number[] = [];
    for (const [key, { bits }] of this.exact) {
      if (key >> 16 === protocol && (mark === 'tried' || (bits & MARK[mark]) !== 0)) found.push(key & 0xffff);
    }
    const bytes = this.#more.get(protocol)?.[mark] ?? new Uint8Array();
    for (const [index, byte] of bytes.entries()) {
      for (let bit = 0; byte >> bit > 0; bit += 1) if ((byte & (1 << bit)) !== 0) found.push(index * 8 + bit);
    }
    return found.sort((a, b) => a - b).slice(0, limit);
  }

  /** TCP ports at which a trap of ours answered, in order; of those that are kept one by one. */
  trapped(): number[] {
    return [...this.exact]
      .flatMap(([key, { bits }]) => ((bits & MARK.trap) === 0 ? [] : [key & 0xffff]))
      .sort((a, b) => a - b);
  }

  #bit(key: PlaceKey, mark: 'tried' | 'closed' | 'open'): boolean {
    const port = key & 0xffff;
    return ((this.#more.get(key >> 16)?.[mark][port >> 3] ?? 0) & (1 << (port & 7))) !== 0;
  }

  /** True when it was not set before. Protocols but TCP and UDP have few places: they stay within the exact ones. */
  #setMore(key: PlaceKey, mark: 'tried' | 'closed' | 'open'): boolean {
    const protocol = key >> 16;
    if ((protocol !== 6 && protocol !== 17) || this.#bit(key, mark)) return false;
    const blank = (): Uint8Array => new Uint8Array(8192);
    const maps = this.#more.get(protocol) ?? { tried: blank(), closed: blank(), open: blank() };
    this.#more.set(protocol, maps);
    const port = key & 0xffff;
    maps[mark][port >> 3] = (maps[mark][port >> 3] ?? 0) | (1 << (port & 7));
    this[mark] += 1;
    return true;
  }
}
