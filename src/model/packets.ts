/** The door to packets that may be probes. Everything else stays in the kernel: see docs/decisions/0160-packet-ring.md. */

import type { Gap } from './gap.ts';

/** One packet as the kernel handed it over. The object and its bytes are used again after the call: copy what you keep. */
export interface HeardPacket {
  /** Epoch milliseconds, with a fraction. */
  timeMs: number;
  /** Inode number of the network namespace. */
  namespace: number;
  /** False: this host sent it. */
  inbound: boolean;
  /** Holds the packet from its network header (`start`) to where it was cut (`end`). */
  bytes: Buffer;
  start: number;
  end: number;
  /** Length on the wire, from the network header on. */
  length: number;
  /** False where the sender on this machine left the checksum to the hardware: it is not wrong, it is not there. */
  checksummed: boolean;
}

/** Who listens to packets. Both are called in the main loop and must not throw. */
export interface PacketWish {
  packet(packet: HeardPacket): void;
  /** What was there is handed over. */
  batch(): void;
}

/** Ports that something listens on, of one network namespace, whatever the address. */
export interface OpenPorts {
  readonly tcp: ReadonlySet<number>;
  readonly udp: ReadonlySet<number>;
}

/** What the kernel has counted of TCP connections to us, since the network namespace was made. */
export interface Handshakes {
  /** Connections that were made (Tcp.PassiveOpens). */
  readonly completed: number;
  /** SYN cookies that were sent (TcpExt.SyncookiesSent): the queue of half-open connections was full. */
  readonly cookies: number;
}

/** Armed packet sense. */
export interface Packets extends AsyncDisposable {
  /** Packets known to be lost since armed. */
  lost(): number;
  /** "packet ring" or "NFLOG": see docs/decisions/0205-nflog.md. */
  readonly by: string;
  readonly gaps: readonly Gap[];
  /** Is the address at `at` (4 or 16 bytes) one of this namespace's own? */
  isOurs(namespace: number, bytes: Uint8Array, at: number, length: 4 | 16): boolean;
  /** Asks the kernel now. */
  openPorts(namespace: number): Promise<OpenPorts>;
  /** Asks the kernel now; undefined where it does not say. */
  handshakes(namespace: number): Handshakes | undefined;
  /** UDP to this port is ordinary traffic: the kernel keeps it from us for some minutes. */
  hush(namespace: number, port: number): void;
}

/** Small texts that outlive a restart, in the state directory; in memory where this process must not write there. */
export interface Kept {
  /** "" when there is none. */
  read(name: string): string;
  /** Replaces it whole or not at all; text over 8 MiB is refused. Returns why it failed, or "". */
  write(name: string, text: string): string;
}

/** How scans are judged: the settings `scans`. */
export interface ScanSettings {
  /** Addresses and networks ("192.0.2.7", "2001:db8::/32") whose probes are nobody's business. */
  readonly ignore: readonly string[];
  /** How soon a few closed ports are called a scan. */
  readonly sensitivity: 'low' | 'normal' | 'high';
  /** A scan is over when nothing came for this long. */
  readonly quietMs: number;
}

/** What the sensor of scans needs of the machine. */
export interface PacketDoor {
  readonly settings: ScanSettings;
  readonly kept: Kept;
  /** Arms the sense for all namespaces in scope; never rejects: where the kernel refuses it says so in `gaps`. */
  open(wish: PacketWish, signal: AbortSignal): Promise<Packets>;
}
