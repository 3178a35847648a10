/**
 * Messages of the process event connector: nlmsghdr (16 bytes), cn_msg (20), then struct proc_event: what u32, cpu u32,
 * time u64 (CLOCK_MONOTONIC, nanoseconds), data. Source: include/uapi/linux/cn_proc.h.
 */

export type ConnectorRecord =
  | {
      readonly type: 'fork';
      readonly timeNs: number;
      readonly parent: number;
      readonly tid: number;
      readonly pid: number;
    }
  | { readonly type: 'exec'; readonly timeNs: number; readonly tid: number; readonly pid: number }
  | { readonly type: 'exit'; readonly timeNs: number; readonly tid: number; readonly pid: number }
  /** The answer to our request to listen; `error` is an errno number or 0. */
  | { readonly type: 'ack'; readonly error: number };

const NETLINK_HEADER_BYTES = 16;
const EVENT_AT = 36;
const DATA_AT = EVENT_AT + 16;

/** All records of one datagram; messages of other kinds and torn ones are counted in `rejects`. */
export function parseConnector(bytes: Buffer): { readonly rows: readonly ConnectorRecord[]; readonly rejects: number } {
  const rows: ConnectorRecord[] = [];
  let rejects = 0;
  for (let at = 0; at + NETLINK_HEADER_BYTES <= bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    if (length < NETLINK_HEADER_BYTES || at + length > bytes.length) return { rows, rejects: rejects + 1 };
    const record = parseEvent(bytes.subarray(at, at + length));
    if (record === undefined) rejects += 1;
    else rows.push(record);
    at += Math.ceil(length / 4) * 4;
  }
  return { rows, rejects };
}

function parseEvent(message: Buffer): ConnectorRecord | undefined {
  if (message.length < DATA_AT + 8) return undefined;
  const timeNs = Number(message.readBigUInt64LE(EVENT_AT + 8));
  const [first, second] = [message.readUInt32LE(DATA_AT), message.readUInt32LE(DATA_AT + 4)];
  switch (message.readUInt32LE(EVENT_AT)) {
    case 0:
      return { type: 'ack', error: first };
    case 1:
      // parent pid, parent tgid, child pid, child tgid
      if (message.length < DATA_AT + 16) return undefined;
      return {
        type: 'fork',
        timeNs,
        parent: second,
        tid: message.readUInt32LE(DATA_AT + 8),
        pid: message.readUInt32LE(DATA_AT + 12),
      };
    case 2:
      return { type: 'exec', timeNs, tid: first, pid: second };
    case 0x80000000:
      return { type: 'exit', timeNs, tid: first, pid: second };
    default:
      return undefined;
  }
}
