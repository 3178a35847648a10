/** What one packet looks for: the techniques of nmap by the headers they send, and the marks of its OS detection. */

import {
  ACK,
  CWR,
  ECE,
  FIN,
  ICMP,
  ICMP6,
  OPTION,
  type PacketHeader,
  PSH,
  SCTP,
  SYN,
  TCP,
  UDP,
  URG,
} from '#formats/packet-header.ts';

/** In the order in which they are counted in a source. */
export const techniques = [
  'syn',
  'connect',
  'fin',
  'null',
  'xmas',
  'odd',
  'ack',
  'maimon',
  'udp',
  'protocol',
  'init',
  'cookie',
  'ping',
  'timestamp',
  'mask',
] as const;
export type Technique = (typeof techniques)[number];

const STEALTH: ReadonlySet<Technique> = new Set(['fin', 'null', 'xmas', 'odd']);

/** Packets that no program sends by the rules: one is enough to be remarkable. */
export function isStealth(technique: Technique): boolean {
  return STEALTH.has(technique);
}

/** A SYN, whoever wrote it. */
export function opens(technique: Technique): boolean {
  return technique === 'syn' || technique === 'connect';
}

/** What an inbound packet looks for; undefined where it asks for nothing (an end of a connection, an answer). */
export function techniqueOf(header: PacketHeader): Technique | undefined {
  switch (header.protocol) {
    case TCP:
      return tcpTechnique(header);
    case UDP:
      return 'udp';
    case ICMP:
      return icmpTechnique(header.type);
    case ICMP6:
      return header.type === 128 ? 'ping' : header.type === 139 ? 'mask' : undefined;
    case SCTP:
      return header.type === 1 ? 'init' : header.type === 10 ? 'cookie' : undefined;
    default:
      return 'protocol';
  }
}

function icmpTechnique(type: number): Technique | undefined {
  if (type === 8) return 'ping';
  if (type === 13) return 'timestamp';
  return type === 17 || type === 15 ? 'mask' : undefined;
}

const MEANING = FIN | SYN | 4 | PSH | ACK | URG;

function tcpTechnique({ flags, options, window }: PacketHeader): Technique | undefined {
  // A fragment so short that the flags are in the next one.
  if (flags < 0) return 'syn';
  const meant = flags & MEANING;
  if (meant === SYN) return isOwnStack(options, window) ? 'connect' : 'syn';
  if (meant === FIN) return 'fin';
  if (meant === 0) return 'null';
  if (meant === (FIN | PSH | URG)) return 'xmas';
  // Opening and ending at once, or neither opening nor belonging to anything.
  if ((meant & ACK) === 0 && meant !== 4) return 'odd';
  return (meant & (SYN | FIN)) === (SYN | FIN) ? 'odd' : undefined;
}

/** Smaller windows are offered by tools only; no operating system begins below. */
const LEAST_WINDOW = 2000;

/** The operating system's own connect() offers more than a segment size; tools that write headers offer nothing more. */
function isOwnStack(options: number, window: number): boolean {
  return window >= LEAST_WINDOW && (options & (OPTION.time | OPTION.sack | OPTION.scale)) !== 0;
}

/** Marks that nmap's OS detection leaves (nmap book, chapter 8), as bits; 0 for other packets. */
export function osMark(header: PacketHeader): number {
  if (header.protocol === ICMP || header.protocol === ICMP6) return header.code === 9 && isEcho(header) ? 1 : 0;
  if (header.protocol === UDP) return header.dataBytes === 300 ? 2 : 0;
  return header.protocol === TCP ? tcpMark(header) : 0;
}

function isEcho({ protocol, type }: PacketHeader): boolean {
  return protocol === ICMP ? type === 8 : type === 128;
}

/** T2, T3, T7 carry options, which a NULL or Xmas scan does not; the ECN probe has an urgent pointer without URG. */
function tcpMark({ flags, options, urgent, window }: PacketHeader): number {
  if (flags === 0 && options !== 0) return 4;
  if (flags === (SYN | FIN | URG | PSH)) return 8;
  if (flags === (FIN | PSH | URG) && options !== 0) return 16;
  if (flags === (SYN | ECE | CWR) && urgent !== 0) return 32;
  return flags === SYN && (window === 1 || window === 63) && options !== 0 ? 64 : 0;
}
