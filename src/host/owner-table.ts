/** Which descriptor of which process holds which socket: a hash table in typed arrays, 16 bytes a holding. */

export class OwnerTable {
  #size = 0;
  #buckets: Int32Array;
  // Per entry: inode, pid, descriptor, next entry of the bucket.
  #entries: Int32Array;

  /** Makes room for `expected` holdings at once. */
  constructor(expected = 1024) {
    this.#entries = new Int32Array(4 * Math.max(64, expected));
    this.#buckets = new Int32Array(bucketsFor(expected)).fill(-1);
  }

  get size(): number {
    return this.#size;
  }

  /** Adds a holding; the same process is kept once for each socket. */
  add(inode: number, pid: number, fd: number): void {
    const signed = inode | 0;
    const entries = this.#entries;
    for (let at = this.#first(inode); at >= 0; at = entries[at * 4 + 3] ?? -1) {
      if (entries[at * 4] === signed && entries[at * 4 + 1] === pid) return;
    }
    if ((this.#size + 1) * 4 > entries.length) this.#grow();
    const at = this.#size++;
    this.#entries[at * 4] = signed;
    this.#entries[at * 4 + 1] = pid;
    this.#entries[at * 4 + 2] = fd;
    this.#link(at);
  }

  /** Whether somebody is known to hold it. */
  has(inode: number): boolean {
    const entries = this.#entries;
    for (let at = this.#first(inode); at >= 0; at = entries[at * 4 + 3] ?? -1) {
      if (entries[at * 4] === (inode | 0) && entries[at * 4 + 1] !== 0) return true;
    }
    return false;
  }

  /** Processes that hold it, in the order in which they were found. */
  pidsOf(inode: number): number[] {
    let pids: number[] | undefined;
    for (let at = this.#first(inode); at >= 0; at = this.#entries[at * 4 + 3] ?? -1) {
      const pid = this.#entries[at * 4 + 1] ?? 0;
      if (this.#entries[at * 4] !== (inode | 0) || pid === 0) continue;
      // Mostly there is one: a literal takes a fifth of the memory that push() makes room for.
      if (pids === undefined) pids = [pid];
      else pids.push(pid);
    }
    return pids ?? [];
  }

  /** Calls `keep` for the holdings from index `from` on, at most `count`; what it refuses is forgotten. */
  check(from: number, count: number, keep: (inode: number, pid: number, fd: number) => boolean): void {
    const end = Math.min(this.#size, from + count);
    for (let at = from; at < end; at++) {
      const pid = this.#entries[at * 4 + 1] ?? 0;
      if (pid === 0) continue;
      if (!keep((this.#entries[at * 4] ?? 0) >>> 0, pid, this.#entries[at * 4 + 2] ?? 0)) this.#entries[at * 4 + 1] = 0;
    }
  }

  #first(inode: number): number {
    return this.#buckets[slot(inode, this.#buckets.length)] ?? -1;
  }

  #link(at: number): void {
    const bucket = slot(this.#entries[at * 4] ?? 0, this.#buckets.length);
    this.#entries[at * 4 + 3] = this.#buckets[bucket] ?? -1;
    this.#buckets[bucket] = at;
  }

  #grow(): void {
    const larger = new Int32Array(this.#entries.length * 2);
    larger.set(this.#entries);
    this.#entries = larger;
    this.#buckets = new Int32Array(bucketsFor(larger.length / 4)).fill(-1);
    for (let at = 0; at < this.#size; at++) this.#link(at);
  }
}

function bucketsFor(entries: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(64, entries)));
}

/** Inodes of sockets are counted up, so their low bits spread by themselves; no attacker gains by choosing them. */
function slot(inode: number, buckets: number): number {
  return (inode ^ (inode >>> 16)) & (buckets - 1);
}
