/** Tells when a table of nf_tables is taken away ("nft flush ruleset"): the kernel multicasts each change it makes. */

import { eachAttribute, eachMessage } from '#formats/netlink-message.ts';
import type { Failure } from '#model/host.ts';
import { failureAt, lastError, libc, O } from './ffi.ts';
import { type Watched, watchReadable } from './poller.ts';

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const NETLINK_NETFILTER = 12;
/** enum nfnetlink_groups: NFNLGRP_NFTABLES is 7; as a bit of sockaddr_nl.nl_groups. */
const NFTABLES_GROUP = 1 << 6;
/** NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWTABLE, NFT_MSG_DELTABLE. */
const NEWTABLE = 10 << 8;
const DELTABLE = (10 << 8) | 2;
const NFTA_TABLE_NAME = 1;
const NFGENMSG_BYTES = 4;
const READS_A_TURN = 64;

export interface TableWatch extends Disposable {
  start(): void;
}

/**
 * Watches in the network namespace of the calling thread. `gone` is called after the change, once a turn; also when the
 * kernel had more to say than there was room for: then the table may be gone.
 */
export function openTableWatch(table: string, gone: () => void): TableWatch | Failure {
  const fd = libc.socket(AF_NETLINK, SOCK_RAW | O.CLOEXEC | O.NONBLOCK, NETLINK_NETFILTER);
  if (fd < 0) return failureAt('nf_tables events');
  const address = Buffer.alloc(12);
  address.writeUInt16LE(AF_NETLINK, 0);
  address.writeUInt32LE(NFTABLES_GROUP, 8);
  if (libc.bind(fd, address, address.length) !== 0) {
    const failure = failureAt('nf_tables events');
    libc.close(fd);
    return failure;
  }
  const bytes = Buffer.alloc(64 << 10);
  let watched: Watched | undefined;
  const drain = (): void => {
    let missing = false;
    for (let turn = 0; turn < READS_A_TURN; turn += 1) {
      const length = libc.recv(fd, bytes, bytes.length, 0);
      if (length < 0 && lastError() === 'ENOBUFS') missing = true;
      else if (length <= 0) break;
      // Who replaces a table takes it away and makes it anew in one go: the last word counts.
      else missing = isMissing(bytes, length, table) ?? missing;
    }
    if (missing) gone();
  };
  return {
    start() {
      watched = watchReadable(fd, drain);
    },
    [Symbol.dispose]() {
      watched?.[Symbol.dispose]();
      libc.close(fd);
    },
  };
}

/** Undefined where nothing is said of the table. */
function isMissing(bytes: Buffer, length: number, table: string): boolean | undefined {
  let missing: boolean | undefined;
  eachMessage(bytes, length, ({ type, start, end }) => {
    if (type !== DELTABLE && type !== NEWTABLE) return;
    eachAttribute(bytes, start + NFGENMSG_BYTES, end, (attribute, from, to) => {
      if (attribute === NFTA_TABLE_NAME && bytes.toString('latin1', from, to - 1) === table)
        missing = type === DELTABLE;
    });
  });
  return missing;
}
