/** Tells of each change of the rules of nf_tables, as the kernel multicasts it, and which process made it. */

import { parseRulesetChange, type RulesetChange } from '#formats/nft-generation.ts';
import type { Failure } from '#model/host.ts';
import { failureAt, lastError, libc, O } from './ffi.ts';
import { watchReadable } from './poller.ts';

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const NETLINK_NETFILTER = 12;
/** enum nfnetlink_groups: NFNLGRP_NFTABLES is 7; as a bit of sockaddr_nl.nl_groups. */
const NFTABLES_GROUP = 1 << 6;
/** A ruleset of thousands of rules is told rule by rule: what is beyond the room is a loss, which says "changed" as well. */
const READS_A_TURN = 64;
const BUFFER_BYTES = 64 << 10;
const PATH = 'nf_tables events';

/**
 * Hears of the network namespace of the calling thread until `signal` aborts. `onChange` is called once a turn, with the
 * process that made the last change; undefined where the kernel had more to say than there was room for.
 */
export function hearRulesetChanges(
  onChange: (change: RulesetChange | undefined) => void,
  signal: AbortSignal,
): Failure | undefined {
  const fd = libc.socket(AF_NETLINK, SOCK_RAW | O.CLOEXEC | O.NONBLOCK, NETLINK_NETFILTER);
  if (fd < 0) return failureAt(PATH);
  const address = Buffer.alloc(12);
  address.writeUInt16LE(AF_NETLINK, 0);
  address.writeUInt32LE(NFTABLES_GROUP, 8);
  if (libc.bind(fd, address, address.length) !== 0) {
    const failure = failureAt(PATH);
    libc.close(fd);
    return failure;
  }
  const bytes = Buffer.alloc(BUFFER_BYTES);
  const watched = watchReadable(fd, () => {
    let lost = false;
    let change: RulesetChange | undefined;
    for (let turn = 0; turn < READS_A_TURN; turn += 1) {
      const length = libc.recv(fd, bytes, bytes.length, 0);
      if (length < 0 && lastError() === 'ENOBUFS') lost = true;
      else if (length <= 0) break;
      else change = parseRulesetChange(bytes, length) ?? change;
    }
    if (lost || change !== undefined) onChange(change);
  });
  const end = (): void => {
    watched[Symbol.dispose]();
    libc.close(fd);
  };
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  return undefined;
}
