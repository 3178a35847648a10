/** The record that our post_bind programs write: see src/host/bpf-bind.ts, which makes it. 64 bytes, little-endian. */

export interface BindRecord {
  readonly type: 'bound';
  /** CLOCK_BOOTTIME, nanoseconds. */
  readonly timeNs: number;
  readonly pid: number;
  readonly tid: number;
  /** Of the socket's network namespace, 0 when the kernel has no such cookies (before 5.12). */
  readonly cookie: bigint;
  readonly uid: number;
  /** AF_INET 2, AF_INET6 10. */
  readonly family: number;
  /** SOCK_STREAM 1, SOCK_DGRAM 2 … */
  readonly socketType: number;
  readonly protocol: number;
  readonly port: number;
  /** 4 or 16 bytes. */
  readonly address: Buffer;
}

export const BIND_RECORD_BYTES = 64;

/** Undefined when it is too short or of another family. */
export function parseBindRecord(bytes: Buffer): BindRecord | undefined {
  if (bytes.length < BIND_RECORD_BYTES) return undefined;
  const family = bytes.readUInt32LE(32);
  if (family !== 2 && family !== 10) return undefined;
  return {
    type: 'bound',
    timeNs: Number(bytes.readBigUInt64LE(0)),
    tid: bytes.readUInt32LE(8),
    pid: bytes.readUInt32LE(12),
    cookie: bytes.readBigUInt64LE(16),
    uid: bytes.readUInt32LE(24),
    family,
    socketType: bytes.readUInt32LE(36),
    protocol: bytes.readUInt32LE(40),
    port: bytes.readUInt32LE(44) & 0xffff,
    address: Buffer.from(bytes.subarray(48, family === 2 ? 52 : 64)),
  };
}
