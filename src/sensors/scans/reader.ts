/** From packets to the book: what each header means, in and out, for one network namespace. */

import { readPacket } from '#formats/packet.ts';
import { checksumOf } from '#formats/packet-checksum.ts';
import {
  ACK,
  FIN,
  ICMP,
  ICMP6,
  makePacketHeader,
  type PacketHeader,
  RST,
  SCTP,
  SYN,
  TCP,
  UDP,
} from '#formats/packet-header.ts';
import { AgingMap } from '#lib/aging-map.ts';
import type { HeardPacket } from '#model/packets.ts';
import { keyAt, type SourceKey } from './address.ts';
import type { ScanBook } from './book.ts';
import type { OutboundBook } from './outbound.ts';
import { IP_PROTOCOLS, MARK, placeKey } from './places.ts';
import type { Probe } from './source.ts';
import { isStealth, osMark, type Technique, techniqueOf } from './technique.ts';

/** Bytes of a header that are kept as evidence. */
const HEAD_BYTES = 60;
/** Handshakes whose end may prove a sender, and packets that our RST may answer. */
const MAX_HANDSHAKES = 8192;
/** As traceroute(8) and tracepath(8) choose their ports. */
const TRACE_PORTS = [
  [33_434, 33_690],
  [44_444, 44_700],
] as const;
const LARGEST_TRACE_TTL = 30;

/** What the reader asks of its surroundings. */
export interface ReaderParts {
  readonly book: ScanBook;
  readonly outbound: OutboundBook;
  readonly ephemeral: readonly [first: number, last: number];
  isOurs(bytes: Uint8Array, at: number, length: 4 | 16): boolean;
  /** A trap of ours waits at this TCP port: nobody has any business there, though it answers. */
  isTrap(port: number): boolean;
}

export class ScanReader {
  readonly #parts: ReaderParts;
  readonly #header = makePacketHeader();
  /** Connection as text → our sequence number in the SYN+ACK, and theirs that it expects. */
  readonly #handshakes = new AgingMap<string, { readonly ours: number; readonly theirs: number }>(MAX_HANDSHAKES);
  /** Packets with ACK that began nothing here: what our RST to them means. */
  readonly #strays = new AgingMap<string, 'maimon' | 'answer'>(MAX_HANDSHAKES);

  constructor(parts: ReaderParts) {
    this.#parts = parts;
  }

  /** Takes one packet; false where it says nothing. */
  take(packet: HeardPacket): boolean {
    const header = this.#header;
    if (!readPacket(packet.bytes, packet.start, packet.end, header)) return false;
    const length = header.family === 4 ? 4 : 16;
    if (packet.inbound) {
      if (!this.#parts.isOurs(packet.bytes, header.targetAt, length)) return false;
      this.#inbound(packet, header);
    } else this.#outbound(packet, header);
    return true;
  }

  #inbound(packet: HeardPacket, header: PacketHeader): void {
    const key = keyAt(packet.bytes, header.sourceAt, header.family);
    const technique = header.fragmentAt > 0 ? undefined : techniqueOf(header);
    if (technique !== undefined) this.#probe(packet, key, technique);
    else if (header.protocol === TCP && header.fragmentAt === 0) this.#inConnection(packet, key, header);
    else if (header.quotedProtocol !== 0) this.#parts.outbound.refused(packet, header);
  }

  #probe(packet: HeardPacket, key: SourceKey, technique: Technique): void {
    const header = this.#header;
    const { book } = this.#parts;
    if (book.drowned(key, { place: placeOf(header, technique), technique }, packet.timeMs)) return;
    const bits = this.#bitsOf(packet, technique);
    const probe = this.#probeOf(packet, technique, bits);
    const mark = osMark(header);
    const source = book.probe(key, probe, { osMark: mark, alone: isAlone(bits, mark, technique) });
    if (source !== undefined) this.#note(source, header, bits, technique);
    if (source?.told === undefined && (header.protocol === TCP || header.protocol === UDP)) {
      // nmap sends the same packet from all its decoys; ports and sequence number meet by chance once in 2^48.
      const print = (header.seq ^ (header.sourcePort * 65_537)) * 65_536 + header.targetPort;
      book.twin(key, print, packet.timeMs);
    }
  }

  #note(source: NonNullable<ReturnType<ScanBook['source']>>, header: PacketHeader, bits: number, technique: Technique) {
    if ((bits & MARK.wrongSum) !== 0) source.wrongSums += 1;
    if ((bits & MARK.fragment) !== 0) source.fragments += 1;
    if ((bits & MARK.ipOption) !== 0) {
      source.ipOptions += 1;
      source.ipOption = header.ipOption;
    }
    const place = placeKey(TCP, header.targetPort);
    if (technique === 'connect' && (source.places.bitsOf(place) & MARK.open) !== 0) source.connects += 1;
  }

  #bitsOf(packet: HeardPacket, technique: Technique): number {
    const header = this.#header;
    let bits = isStealth(technique) ? MARK.stealth : 0;
    if (packet.checksummed && checksumOf(packet.bytes, packet.end, header) === 'wrong') bits |= MARK.wrongSum;
    if (header.moreFragments) bits |= MARK.fragment;
    if (isPathOption(header)) bits |= MARK.ipOption;
    const { protocol } = header;
    return protocol === TCP || protocol === UDP ? bits | this.#portBits(packet, header) : bits;
  }

  #portBits(packet: HeardPacket, { targetPort, ttl, protocol, sourceAt, family }: PacketHeader): number {
    const trace = protocol === UDP && ttl <= LARGEST_TRACE_TTL && isTracePort(targetPort) ? MARK.trace : 0;
    const [first, last] = this.#parts.ephemeral;
    if (targetPort < first || targetPort > last) return trace;
    const key = keyAt(packet.bytes, sourceAt, family);
    const contacted = this.#parts.outbound.contacted(key, packet.timeMs) ? MARK.contacted : 0;
    return trace | MARK.client | contacted;
  }

  #probeOf(packet: HeardPacket, technique: Technique, bits: number): Probe {
    const header = this.#header;
    return {
      technique,
      bits,
      place: placeOf(header, technique),
      timeMs: packet.timeMs,
      ttl: header.ttl,
      head: headOf(packet),
      answer: false,
      outcome: 0,
      bucket: 0,
    };
  }

  /** With ACK, or RST: not a question, but it may say who asked. */
  #inConnection(packet: HeardPacket, key: SourceKey, header: PacketHeader): void {
    const { flags, sourcePort, targetPort } = header;
    const connection = `${key} ${sourcePort} ${targetPort}`;
    if ((flags & (SYN | ACK)) === (SYN | ACK)) {
      this.#parts.outbound.accepted(packet, header);
      this.#strays.set(connection, 'answer');
      return;
    }
    const offered = this.#handshakes.get(connection);
    if (offered === undefined) {
      if ((flags & (ACK | FIN)) === (ACK | FIN)) this.#strays.set(connection, 'maimon');
      return;
    }
    const place = placeKey(TCP, targetPort);
    if ((flags & ACK) === 0) {
      // RST without ACK, before anything was sent: the kernel over there knows nothing of what its tool asked for.
      if (header.seq === offered.theirs) this.#parts.book.brokeOff(key, place, MARK.half, packet.timeMs);
      return;
    }
    const beyond = (header.ack - offered.ours) >>> 0;
    if (beyond === 0 || beyond > 2 ** 24) return;
    // Only who saw our SYN+ACK knows its number.
    const aborted = (flags & RST) !== 0 && beyond === 1;
    this.#parts.book.brokeOff(key, place, aborted ? MARK.aborted : 0, packet.timeMs);
  }

  #outbound(packet: HeardPacket, header: PacketHeader): void {
    const key = keyAt(packet.bytes, header.targetAt, header.family);
    if (header.protocol === TCP) this.#outboundTcp(packet, key, header);
    else if (header.protocol === SCTP) {
      const bits = header.type === 2 ? MARK.open : MARK.closed;
      this.#parts.book.answer(key, placeKey(SCTP, header.sourcePort), bits, packet.timeMs);
    } else if (header.quotedProtocol !== 0) this.#unreachable(packet, header);
    else if (header.protocol === ICMP || header.protocol === ICMP6) this.#parts.outbound.asked(packet, header);
  }

  #outboundTcp(packet: HeardPacket, key: SourceKey, header: PacketHeader): void {
    const { flags, sourcePort, targetPort } = header;
    const { book, outbound } = this.#parts;
    const place = placeKey(TCP, sourcePort);
    if ((flags & (SYN | ACK)) === (SYN | ACK)) {
      if (!book.syns.crowded(place) || book.source(key) !== undefined)
        this.#handshakes.set(`${key} ${targetPort} ${sourcePort}`, { ours: header.seq, theirs: header.ack });
      book.syns.answered(place);
      book.answer(key, place, this.#parts.isTrap(sourcePort) ? MARK.closed | MARK.trap : MARK.open, packet.timeMs);
    } else if ((flags & (RST | ACK)) === (RST | ACK)) {
      // Sequence number 0: the answer to a packet without ACK (RFC 9293, 3.10.7.1). Else a program of ours broke off.
      if (header.seq === 0) book.answer(key, place, MARK.closed, packet.timeMs);
    } else if ((flags & RST) !== 0) this.#refusedStray(packet, key, header);
    else outbound.asked(packet, header);
  }

  /** Our RST without ACK answers a packet that pretended to belong to a connection. */
  #refusedStray(packet: HeardPacket, key: SourceKey, header: PacketHeader): void {
    const { sourcePort, targetPort } = header;
    const connection = `${key} ${targetPort} ${sourcePort}`;
    const stray = this.#strays.get(connection);
    if (stray === 'answer' || this.#handshakes.has(connection)) return;
    const [first, last] = this.#parts.ephemeral;
    const client = sourcePort >= first && sourcePort <= last ? MARK.client : 0;
    this.#parts.book.probe(
      key,
      {
        technique: stray ?? 'ack',
        place: placeKey(TCP, sourcePort),
        bits: MARK.unrelated | client,
        timeMs: packet.timeMs,
        ttl: 0,
        head: headOf(packet),
        answer: true,
        outcome: 0,
        bucket: 0,
      },
      { osMark: 0, alone: false },
    );
    this.#parts.book.answer(key, placeKey(TCP, sourcePort), MARK.closed, packet.timeMs);
  }

  /** We said that a port or a protocol is not here; the packet that was refused is quoted. */
  #unreachable(packet: HeardPacket, header: PacketHeader): void {
    const { quotedProtocol: protocol, quotedSourceAt, quotedTargetPort, family, protocol: by, type, code } = header;
    const key = keyAt(packet.bytes, quotedSourceAt, family);
    const noProtocol = by === ICMP ? type === 3 && code === 2 : type === 4 && code === 1;
    const place =
      noProtocol && protocol !== SCTP ? placeKey(IP_PROTOCOLS, protocol) : placeKey(protocol, quotedTargetPort);
    this.#parts.book.answer(key, place, MARK.closed, packet.timeMs);
  }
}

/** Remarkable enough for a record of its own at once. */
function isAlone(bits: number, mark: number, technique: Technique): boolean {
  const odd = MARK.stealth | MARK.wrongSum | MARK.fragment | MARK.ipOption;
  return mark !== 0 || (bits & odd) !== 0 || technique === 'timestamp' || technique === 'mask';
}

/** Router alert and hop-by-hop options are ordinary; a way through the network that the sender chose is not. */
function isPathOption({ ipOption, family }: PacketHeader): boolean {
  if (ipOption === 0) return false;
  return family === 4 ? ipOption !== 0x94 : ipOption !== 51;
}

function isTracePort(port: number): boolean {
  return TRACE_PORTS.some(([first, last]) => port >= first && port <= last);
}

function placeOf(header: PacketHeader, technique: Technique): number {
  if (technique === 'protocol') return placeKey(IP_PROTOCOLS, header.protocol);
  if (technique === 'ping') return placeKey(ICMP, 8);
  if (technique === 'timestamp' || technique === 'mask') return placeKey(ICMP, header.type);
  return placeKey(header.protocol, header.targetPort);
}

function headOf({ bytes, start, end }: HeardPacket): string {
  return bytes.toString('latin1', start, Math.min(end, start + HEAD_BYTES));
}
