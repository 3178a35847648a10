/**
 * The generation of the ruleset of nf_tables: it counts up with each change, so that rules are read again only then; and
 * whether there is any table, for nft(8) costs more than all else that a look at sockets needs.
 */

import { type Failure, isFailure } from '#model/host.ts';
import { failureAt, libc, O } from './ffi.ts';

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const NETLINK_NETFILTER = 12;
/** NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETGEN; include/uapi/linux/netfilter/nf_tables.h. */
const GETGEN = (10 << 8) | 16;
const NEWGEN = (10 << 8) | 15;
const GETTABLE = (10 << 8) | 1;
const NLM_F_REQUEST = 1;
const NLM_F_DUMP = 0x300;
const NLMSG_DONE = 3;
const PATH = 'nf_tables';
const NFTA_GEN_ID = 1;
const HEADER_BYTES = 16;
const NFGENMSG_BYTES = 4;
const SO_RCVTIMEO = 20;

/** A network namespace in which no rule was ever made has this one (nf_tables_init_net). */
export const FIRST_GENERATION = 1;

/** Asks in the network namespace of the calling thread. Fails with EPERM without CAP_NET_ADMIN. */
export function nftGeneration(): number | Failure {
  const answer = ask(GETGEN, NLM_F_REQUEST);
  return isFailure(answer) ? answer : parseGeneration(answer);
}

/** False where no table stands in the network namespace of the calling thread; true also where that cannot be told. */
export function nftHasTables(): boolean {
  const answer = ask(GETTABLE, NLM_F_REQUEST | NLM_F_DUMP);
  return isFailure(answer) || answer.length < HEADER_BYTES || answer.readUInt16LE(4) !== NLMSG_DONE;
}

/** The first message of the answer, or more. */
function ask(type: number, flags: number): Buffer | Failure {
  const fd = libc.socket(AF_NETLINK, SOCK_RAW | O.CLOEXEC, NETLINK_NETFILTER);
  if (fd < 0) return failureAt(PATH);
  try {
    const kernel = Buffer.alloc(12);
    kernel.writeUInt16LE(AF_NETLINK, 0);
    if (libc.connect(fd, kernel, kernel.length) !== 0) return failureAt(PATH);
    // The kernel answers before send() returns; the time-out is for one that does not.
    const timeout = Buffer.from(BigInt64Array.of(0n, 200_000n).buffer);
    libc.setsockopt(fd, 1, SO_RCVTIMEO, timeout, timeout.length);
    const request = Buffer.alloc(HEADER_BYTES + NFGENMSG_BYTES);
    request.writeUInt32LE(request.length, 0);
    request.writeUInt16LE(type, 4);
    request.writeUInt16LE(flags, 6);
    if (libc.send(fd, request, request.length, 0) !== request.length) return failureAt(PATH);
    const answer = Buffer.alloc(8192);
    const length = libc.recv(fd, answer, answer.length, 0);
    return length < 0 ? failureAt(PATH) : answer.subarray(0, length);
  } finally {
    libc.close(fd);
  }
}

/** Reads NFT_MSG_NEWGEN; EPERM and the like come as an error message. */
export function parseGeneration(message: Buffer): number | Failure {
  const path = PATH;
  if (message.length < HEADER_BYTES + NFGENMSG_BYTES) return { error: 'EBADMSG', path };
  if (message.readUInt16LE(4) !== NEWGEN) return { error: 'ENOTSUP', path };
  for (let at = HEADER_BYTES + NFGENMSG_BYTES; at + 4 <= message.length; ) {
    const length = message.readUInt16LE(at);
    if (length < 4 || at + length > message.length) break;
    if (message.readUInt16LE(at + 2) === NFTA_GEN_ID && length >= 8) return message.readUInt32BE(at + 4);
    at += (length + 3) & ~3;
  }
  return { error: 'EBADMSG', path };
}

/** The number, or undefined where it could not be told. */
export function knownGeneration(generation: number | Failure): number | undefined {
  return isFailure(generation) ? undefined : generation;
}
