/** UDP services with much traffic: the kernel is asked to keep their packets from us. */

import { u16 } from '#formats/packet-header.ts';
import type { HeardPacket, OpenPorts } from '#model/packets.ts';

const SECOND_MS = 1000;
/** So many packets a second to one port that something is bound to are a service's traffic. */
const PACKETS = 100;
const MAX_PORTS = 4096;

export class HushWatch {
  readonly #counts = new Map<number, number>();
  #bound: ReadonlySet<number> = new Set();
  #sinceMs = 0;
  /** The port that `count` said true for. */
  port = 0;

  portsAre({ udp }: OpenPorts): void {
    this.#bound = udp;
  }

  /** True when the traffic of `port` is to be hushed. */
  count({ bytes, start, end, timeMs, inbound }: HeardPacket): boolean {
    const port = inbound ? udpPort(bytes, start, end) : undefined;
    if (port === undefined) return false;
    if (timeMs - this.#sinceMs > SECOND_MS) {
      this.#sinceMs = timeMs;
      this.#counts.clear();
    }
    const count = (this.#counts.get(port) ?? 0) + 1;
    if (count > 1 || this.#counts.size < MAX_PORTS) this.#counts.set(port, count);
    if (count < PACKETS || (!this.#bound.has(port) && count < 100 * PACKETS)) return false;
    this.#counts.delete(port);
    this.port = port;
    return true;
  }
}

/** Target port of a UDP packet without options or extension headers, as services get them. */
function udpPort(bytes: Uint8Array, start: number, end: number): number | undefined {
  const first = bytes[start] ?? 0;
  if (first === 0x45 && bytes[start + 9] === 17 && start + 24 <= end) return u16(bytes, start + 22);
  return first >> 4 === 6 && bytes[start + 6] === 17 && start + 44 <= end ? u16(bytes, start + 42) : undefined;
}
