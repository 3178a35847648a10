/**
 * Reads an eBPF ring buffer by its mapping: one page with the reader's position, one with the writer's, then the data
 * twice in a row, so that no record is torn. A record begins with u32 length; bit 31: being written, bit 30: given up.
 * Source: kernel Documentation/bpf/ringbuf.rst, kernel/bpf/ringbuf.c.
 */

import { readFileSync } from 'node:fs';
import { lastError, libc, viewOf } from './ffi.ts';

export interface BpfRing extends Disposable {
  /** Hands out each whole record (a view: copy what you keep), at most `limit`; true when nothing is left. */
  drain(visit: (record: Buffer) => void, limit: number): boolean;
}

const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_SHARED = 1;
const BUSY = 2 ** 31;
const DISCARDED = 2 ** 30;
const MAP_FAILED = 2n ** 64n - 1n;
const RECORD_HEADER_BYTES = 8;
const AT_PAGESZ = 6n;

/** Maps a ring of `sizeBytes` (as given when the map was made). Throws when the kernel refuses. */
export function openBpfRing(mapFd: number, sizeBytes: number): BpfRing {
  const page = pageBytes();
  const control = map(mapFd, page, PROT_READ | PROT_WRITE, 0);
  const all = page + 2 * sizeBytes;
  const memory = map(mapFd, all, PROT_READ, page);
  let views: { consumer: BigUint64Array; producer: BigUint64Array; data: Buffer; headers: Uint32Array } | undefined = {
    consumer: new BigUint64Array(viewOf(control, 8)),
    producer: new BigUint64Array(viewOf(memory, 8)),
    ...dataViews(memory + BigInt(page), 2 * sizeBytes),
  };
  return {
    drain(visit, limit) {
      if (views === undefined) return true;
      const { consumer, producer, data, headers } = views;
      let position = Atomics.load(consumer, 0);
      for (let count = 0; count < limit; count += 1) {
        if (position >= Atomics.load(producer, 0)) return true;
        const at = Number(position % BigInt(sizeBytes));
        const header = Atomics.load(headers, at / 4);
        if (header >= BUSY) return true;
        const length = header % DISCARDED;
        if (header < DISCARDED) visit(data.subarray(at + RECORD_HEADER_BYTES, at + RECORD_HEADER_BYTES + length));
        position += BigInt(Math.ceil((length + RECORD_HEADER_BYTES) / 8) * 8);
        Atomics.store(consumer, 0, position);
      }
      return false;
    },
    [Symbol.dispose]() {
      if (views === undefined) return;
      // No view may be touched after munmap.
      views = undefined;
      libc.munmap(control, page);
      libc.munmap(memory, all);
    },
  };
}

function dataViews(address: bigint, lengthBytes: number): { data: Buffer; headers: Uint32Array } {
  const bytes = viewOf(address, lengthBytes);
  return { data: Buffer.from(bytes), headers: new Uint32Array(bytes) };
}

function map(fd: number, lengthBytes: number, protection: number, offset: number): bigint {
  const address = libc.mmap(null, lengthBytes, protection, MAP_SHARED, fd, offset);
  if (address === MAP_FAILED) throw new Error(`Cannot map the eBPF ring: ${lastError()}`);
  return address;
}

/** 4 KiB, or up to 64 KiB on arm64: from the auxiliary vector (getauxval(3)). */
function pageBytes(): number {
  const vector = readFileSync('/proc/self/auxv');
  for (let at = 0; at + 16 <= vector.length; at += 16) {
    if (vector.readBigUInt64LE(at) === AT_PAGESZ) return Number(vector.readBigUInt64LE(at + 8));
  }
  return 4096;
}
