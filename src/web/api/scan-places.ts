/** Ports of a scan as numbers, for the picture: read from the words in which a scan lists them. */

/** [lane, from, to]; lane 0: TCP, 1: UDP, 2: other protocols. */
export type PortSpan = readonly [lane: number, from: number, to: number];

const LANES: Readonly<Record<string, number>> = { '': 0, tcp: 0, udp: 1, sctp: 2, protocols: 2 };
const TCP = 6;
const UDP = 17;
/** Spans that are drawn; a list is cut after 40 of each protocol. */
const SPANS_MAX = 200;

/** Spans of "22-25,80; udp 53,161; protocols 1-5". What is no list of ports gives nothing; an open end ("…") is left out. */
export function portSpans(text: string): readonly PortSpan[] {
  const spans: PortSpan[] = [];
  for (const part of text.split(';')) {
    const [, word = '', list = ''] = /^\s*([a-z]*)\s*([\d,…-]*)\s*$/.exec(part) ?? [];
    const lane = LANES[word];
    if (lane === undefined) continue;
    for (const range of list.split(',')) {
      const [, from, to = from] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(range) ?? [];
      if (from === undefined || spans.length >= SPANS_MAX) continue;
      spans.push([lane, Math.min(65_535, Number(from)), Math.min(65_535, Number(to))]);
    }
  }
  return spans;
}

/** Lane of an IP protocol number. */
export function laneOf(protocol: number): number {
  if (protocol === TCP) return 0;
  return protocol === UDP ? 1 : 2;
}

/** "tcp 22, 80 and udp 53" as [lane, port], from a list such as ["22", "80", "udp 53"]. */
export function openPorts(learned: readonly string[]): readonly (readonly [lane: number, port: number])[] {
  return learned.flatMap((text) => portSpans(text).map(([lane, from]) => [lane, from] as const));
}
