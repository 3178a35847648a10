/**
 * NFT_MSG_NEWGEN, with which nf_tables ends each change of the rules: include/uapi/linux/netfilter/nf_tables.h. Who made
 * it is in the message since Linux 4.18, by its number in the first pid namespace.
 */

import { eachAttribute, eachMessage } from './netlink-message.ts';

/** NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWGEN. */
const NEWGEN = (10 << 8) | 15;
const NFGENMSG_BYTES = 4;
const PROC_PID = 2;
const PROC_NAME = 3;

/** A process as the kernel names it there. */
export interface RulesetChange {
  readonly pid: number;
  readonly comm: string;
}

/** The last change that the messages tell of; undefined when they tell of none. */
export function parseRulesetChange(bytes: Buffer, length: number): RulesetChange | undefined {
  let found: RulesetChange | undefined;
  eachMessage(bytes, length, ({ type, start, end }) => {
    if (type !== NEWGEN) return;
    let [pid, comm] = [0, ''];
    eachAttribute(bytes, start + NFGENMSG_BYTES, end, (attribute, from, to) => {
      if (attribute === PROC_PID && to - from >= 4) pid = bytes.readUInt32BE(from);
      if (attribute === PROC_NAME && to > from) comm = bytes.toString('utf8', from, to).split('\0', 1)[0] ?? '';
    });
    found = { pid, comm };
  });
  return found;
}
