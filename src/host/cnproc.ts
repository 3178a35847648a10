/**
 * The process event connector (netlink): fork, exec and exit of all processes, without file names. Only in the first
 * network and user namespace, with CAP_NET_ADMIN. The second best source: by the time we ask /proc, most short processes
 * are gone.
 */

import { type ConnectorRecord, parseConnector } from '#formats/proc-connector.ts';
import { bootTimeMs } from './clock.ts';
import { lastError, libc } from './ffi.ts';
import { watchReadable } from './poller.ts';

export interface ProcConnector extends Disposable {
  /** Times that the kernel dropped messages; how many each time it does not say. */
  lost(): number;
}

const AF_NETLINK = 16;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC_NONBLOCK = 0o2000000 | 0o4000;
const NETLINK_CONNECTOR = 11;
const CN_IDX_PROC = 1;
const NLMSG_DONE = 3;
const PROC_CN_MCAST_LISTEN = 1;
const SOL_SOCKET = 1;
const SO_RCVBUFFORCE = 33;
const BUFFER_BYTES = 1 << 20;
const MAX_READS = 64;

/** Arms it. Times are nanoseconds of CLOCK_BOOTTIME. Text that says why when the kernel refuses. */
export function openProcConnector(options: {
  readonly onRecords: (records: readonly ConnectorRecord[]) => void;
  readonly onLoss: () => void;
}): ProcConnector | string {
  const fd = libc.socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC_NONBLOCK, NETLINK_CONNECTOR);
  if (fd < 0) return `Cannot open the process connector: ${lastError()}`;
  using stack = new DisposableStack();
  stack.defer(() => {
    libc.close(fd);
  });
  const size = Buffer.alloc(4);
  size.writeUInt32LE(BUFFER_BYTES);
  libc.setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, size, 4);
  const address = Buffer.alloc(12);
  address.writeUInt16LE(AF_NETLINK, 0);
  address.writeUInt32LE(CN_IDX_PROC, 8);
  if (libc.bind(fd, address, address.length) < 0) return `Cannot join the process connector: ${lastError()}`;
  const request = listenRequest();
  if (libc.send(fd, request, request.length, 0) < 0) return `The process connector is not here: ${lastError()}`;
  // The acknowledgement is there when send returns: the kernel handles the request in it.
  const bytes = Buffer.alloc(65_536);
  const first = libc.recv(fd, bytes, bytes.length, 0);
  const ack = first > 0 ? parseConnector(bytes.subarray(0, first)).rows.find(({ type }) => type === 'ack') : undefined;
  if (ack?.type === 'ack' && ack.error !== 0) return `The process connector refused: errno ${ack.error}`;
  let losses = 0;
  const drain = (error: boolean): void => {
    const toBootNs = bootTimeMs() * 1e6 - Number(process.hrtime.bigint());
    const records: ConnectorRecord[] = [];
    for (let reads = 0; reads < MAX_READS; reads += 1) {
      const length = libc.recv(fd, bytes, bytes.length, 0);
      if (length <= 0) {
        if (length < 0 && lastError() === 'ENOBUFS') {
          losses += 1;
          options.onLoss();
          continue;
        }
        break;
      }
      for (const record of parseConnector(bytes.subarray(0, length)).rows) {
        records.push('timeNs' in record ? { ...record, timeNs: record.timeNs + toBootNs } : record);
      }
    }
    if (error && records.length === 0) losses += 1;
    if (records.length > 0) options.onRecords(records);
  };
  stack.use(watchReadable(fd, drain));
  const owned = stack.move();
  return {
    lost: () => losses,
    [Symbol.dispose]: () => {
      owned.dispose();
    },
  };
}

/** nlmsghdr, cn_msg {idx, val, seq, ack, len u16, flags u16}, operation u32. Kernels before 6.6 know no event mask. */
function listenRequest(): Buffer {
  const request = Buffer.alloc(40);
  request.writeUInt32LE(40, 0);
  request.writeUInt16LE(NLMSG_DONE, 4);
  request.writeUInt32LE(process.pid, 12);
  request.writeUInt32LE(CN_IDX_PROC, 16);
  request.writeUInt32LE(1, 20);
  request.writeUInt16LE(4, 32);
  request.writeUInt32LE(PROC_CN_MCAST_LISTEN, 36);
  return request;
}
