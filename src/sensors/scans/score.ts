/** How much what a source tried looks like a scan. Pure; the numbers are argued in docs/decisions/0161-scan-score.md. */

import type { OpenPorts } from '#model/packets.ts';
import { MARK, type Place, type PlaceKey } from './places.ts';
import type { Source } from './source.ts';
import { LEAST_PLACES, portWeight } from './weight.ts';

/** A probe that got no answer for this long got none: the kernel answers within a millisecond. */
export const ANSWER_MS = 120;

/** How much more a probe says that a tool wrote. */
const RAW = 1.25;
/** How much less a closed port says of somebody who uses the open ones. */
const CUSTOMER = 0.6;
/** One more of our addresses, pinged or tried at a closed port. */
const PINGED = 2.5;
const SWEPT = 1.5;
/** Connections by ordinary means after raw packets mean that services are asked what they are. */
const VERSION_CONNECTS = 2;
/** Weight of what is a scan by itself. */
const REMARKABLE_ALONE = 10;

/** What the score depends on beside the source. */
export interface Standing {
  readonly nowMs: number;
  /** What listens, asked at `atMs`; undefined where it was not asked yet. */
  readonly ports: { readonly open: OpenPorts; readonly atMs: number } | undefined;
}

export interface Score {
  /** Sum of weights. */
  readonly sum: number;
  /** Different places that count. */
  readonly places: number;
  /** Places that would count if nothing listens there: the table of ports is older than the probe. */
  readonly unsure: number;
}

/** Is it a scan? */
export function isEnough({ sum, places }: Score, threshold: number): boolean {
  return sum >= threshold && places >= LEAST_PLACES;
}

/** The score of a source now. */
export function scoreOf(source: Source, standing: Standing): Score {
  let sum = 0;
  let places = 0;
  let unsure = 0;
  for (const [key, place] of source.places.exact) {
    const weight = placeWeight(key, place, standing);
    if (weight === 'unsure') unsure += 1;
    else if (weight > 0) {
      sum += weight;
      places += weight >= REMARKABLE_ALONE ? LEAST_PLACES : 1;
    }
  }
  // One port of many of our addresses: nothing but a sweep does that.
  const more = Math.max(0, source.pairs.size - source.places.exact.size);
  if (onlyPings(source)) {
    sum += more * PINGED;
    places += more + 1;
  } else if (places > 0) {
    sum += more * SWEPT;
    places += more;
  }
  if (isRaw(source)) sum *= RAW;
  if (source.halfOpen > 0 && isVersionProbing(source)) {
    sum += 2.5;
    places += 1;
  } else if (isCustomer(source)) sum *= CUSTOMER;
  if (bitCount(source.osMarks) >= 2) return { sum: sum + REMARKABLE_ALONE, places: places + LEAST_PLACES, unsure };
  return { sum, places, unsure };
}

/** All its SYNs were written by a tool: no operating system offers so little. */
function isRaw(source: Source): boolean {
  return source.countOf('syn') > 0 && source.countOf('connect') === 0;
}

/** Who mostly comes for what we offer may err now and then. */
function isCustomer(source: Source): boolean {
  return source.halfOpen === 0 && source.connects > 2 * source.places.closed;
}

/** Ordinary connections to ports that raw packets found open, or again and again to the same. */
export function isVersionProbing(source: Source): boolean {
  if (source.connects < VERSION_CONNECTS) return false;
  return source.halfOpen > 0 || source.connects > source.places.open + 1;
}

/** Asked three of our addresses whether they live. */
function onlyPings(source: Source): boolean {
  return source.countOf('ping') > 0 && source.targets.size >= LEAST_PLACES;
}

function placeWeight(key: PlaceKey, place: Place, standing: Standing): number | 'unsure' {
  const protocol = key >> 16;
  const port = key & 0xffff;
  switch (protocol) {
    case 6:
      return tcpWeight(port, place, standing);
    case 17:
      return udpWeight(port, place, standing);
    case 1:
      // A timestamp or an address mask: nobody asks for these but to map a network. A ping is nothing.
      return port === 8 ? 0 : REMARKABLE_ALONE;
    default:
      // Protocols and SCTP: what nobody offers, nobody asks for.
      return (place.bits & MARK.open) !== 0 ? 0 : 1.5;
  }
}

const REMARKABLE = MARK.stealth | MARK.wrongSum | MARK.fragment | MARK.ipOption;

function tcpWeight(port: number, { bits, atMs }: Place, standing: Standing): number | 'unsure' {
  if ((bits & REMARKABLE) !== 0) return 2;
  if ((bits & MARK.open) !== 0) return openWeight(bits);
  // A client's port that was closed before the answer came.
  if ((bits & MARK.client) !== 0 && (bits & (MARK.unrelated | MARK.contacted)) !== 0) return 0;
  if ((bits & MARK.unrelated) !== 0) return listening('tcp', port, atMs, standing) ?? portWeight(port);
  if ((bits & MARK.closed) !== 0) return portWeight(port);
  if (standing.nowMs - atMs < ANSWER_MS) return 0;
  // No answer at all: the packet filter dropped it, or the service is overrun.
  return listening('tcp', port, atMs, standing) ?? portWeight(port);
}

/** Who breaks off at once wanted to know whether somebody is at home. */
function openWeight(bits: number): number {
  if ((bits & MARK.half) !== 0) return 1;
  return (bits & MARK.aborted) !== 0 ? 0.75 : 0;
}

function udpWeight(port: number, { bits, atMs }: Place, standing: Standing): number | 'unsure' {
  if ((bits & (MARK.open | MARK.trace)) !== 0) return 0;
  const weight = (bits & MARK.client) !== 0 ? 0.2 : portWeight(port);
  if ((bits & MARK.wrongSum) !== 0) return 2;
  if ((bits & MARK.closed) !== 0) return weight;
  if (standing.nowMs - atMs < ANSWER_MS) return 0;
  return listening('udp', port, atMs, standing) ?? weight;
}

/** 0 when something listens there, undefined when nothing does, "unsure" when that was not asked since. */
function listening(protocol: 'tcp' | 'udp', port: number, atMs: number, standing: Standing): 0 | 'unsure' | undefined {
  const { ports } = standing;
  if (ports === undefined || ports.atMs < atMs) return 'unsure';
  return ports.open[protocol].has(port) ? 0 : undefined;
}

/** Number of bits that are set. */
export function bitCount(bits: number): number {
  let count = 0;
  for (let rest = bits; rest > 0; rest &= rest - 1) count += 1;
  return count;
}
