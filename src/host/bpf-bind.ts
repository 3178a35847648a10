/**
 * Two eBPF programs that see every bind of an inet socket in a cgroup (and below): cgroup/post_bind4 and post_bind6.
 * They only write a record; their result is always 1, "go on". See docs/decisions/0022-ebpf-for-binds.md.
 */

import { BIND_RECORD_BYTES } from '#formats/bpf-bind.ts';
import { bpf } from './bpf-assembler.ts';
import { BpfError, loadProgram } from './bpf-call.ts';

export const CGROUP_INET4_POST_BIND = 12;
export const CGROUP_INET6_POST_BIND = 13;
const PROG_TYPE_CGROUP_SOCK = 9;

/** Numbers of helpers: enum bpf_func_id. */
const helper = {
  mapLookup: 1,
  currentPidTgid: 14,
  currentUidGid: 15,
  netnsCookie: 122,
  bootNs: 125,
  ringbufOutput: 130,
} as const;

/** Offsets in struct bpf_sock, the context of the program. */
const sock = { family: 4, type: 8, protocol: 12, ip4: 24, ip6: 28, port: 44 } as const;

/** The record lies on the stack, below the frame pointer. */
const at = (offset: number): number => offset - BIND_RECORD_BYTES;

/** Loads the program of one family; `withCookie` is refused by kernels before 5.12. */
export function loadBindProgram(attachType: number, maps: { ring: number; lost: number }, withCookie = true): number {
  const code = program(attachType === CGROUP_INET6_POST_BIND, maps, withCookie);
  try {
    return loadProgram(PROG_TYPE_CGROUP_SOCK, attachType, code);
  } catch (error) {
    if (!withCookie || !(error instanceof BpfError)) throw error;
    return loadBindProgram(attachType, maps, false);
  }
}

function program(v6: boolean, { ring, lost }: { ring: number; lost: number }, withCookie: boolean): Buffer[] {
  return [
    bpf.copy(6, 1),
    bpf.call(helper.bootNs),
    bpf.store(8, 10, at(0), 0),
    bpf.call(helper.currentPidTgid),
    bpf.store(8, 10, at(8), 0),
    ...(withCookie ? [bpf.copy(1, 6), bpf.call(helper.netnsCookie)] : [bpf.set(0, 0)]),
    bpf.store(8, 10, at(16), 0),
    bpf.call(helper.currentUidGid),
    bpf.store(8, 10, at(24), 0),
    ...copyField(sock.family, 32),
    ...copyField(sock.type, 36),
    ...copyField(sock.protocol, 40),
    ...copyField(sock.port, 44),
    ...(v6
      ? [0, 4, 8, 12].flatMap((word) => copyField(sock.ip6 + word, 48 + word))
      : [...copyField(sock.ip4, 48), ...[52, 56, 60].map((offset) => bpf.storeValue(4, 10, at(offset), 0))]),
    bpf.mapFd(1, ring),
    bpf.copy(2, 10),
    bpf.add(2, at(0)),
    bpf.set(3, BIND_RECORD_BYTES),
    bpf.set(4, 0),
    bpf.call(helper.ringbufOutput),
    // The ring is full: count it (in all, 9 instructions to skip; a map's descriptor takes two).
    bpf.skipIfEqual(0, 0, 9),
    bpf.storeValue(4, 10, at(0), 0),
    bpf.copy(2, 10),
    bpf.add(2, at(0)),
    bpf.mapFd(1, lost),
    bpf.call(helper.mapLookup),
    bpf.skipIfEqual(0, 0, 2),
    bpf.set(1, 1),
    bpf.atomicAdd(0, 0, 1),
    bpf.set(0, 1),
    bpf.exit(),
  ];
}

function copyField(from: number, to: number): Buffer[] {
  return [bpf.load(4, 1, 6, from), bpf.store(4, 10, at(to), 1)];
}
