/** Where a probe stands in the picture of ports and time, and what is written at its edges. */

import { clock, dayMonth, offsetMs } from './when.ts';

/** Ports grow upwards by their logarithm: half of all services live below 1024, which is a sixtieth of all ports. */
export interface PortScale {
  readonly low: number;
  readonly high: number;
  readonly top: number;
  readonly bottom: number;
}

const HIGHEST = 65_535;

/** The scale for ports from `low` to `high`, with a little room beyond them. */
export function portScale(ports: { low: number; high: number }, place: { top: number; bottom: number }): PortScale {
  const narrow = ports.high - ports.low < 4 ? 4 : 1;
  return {
    low: Math.max(0, Math.floor(ports.low / 1.12) - narrow),
    high: Math.min(HIGHEST, Math.ceil(ports.high * 1.12) + narrow),
    ...place,
  };
}

/** All ports there are. */
export function everyPort(place: { top: number; bottom: number }): PortScale {
  return { low: 0, high: HIGHEST, ...place };
}

/** Pixels from the top. */
export function portY({ low, high, top, bottom }: PortScale, port: number): number {
  const share = (Math.log(port + 2) - Math.log(low + 2)) / (Math.log(high + 2) - Math.log(low + 2));
  return bottom - (bottom - top) * Math.min(1, Math.max(0, share));
}

const KNOWN = [22, 80, 443, 3389, 8080, 65_535, 23, 25, 53, 1433, 3306, 21, 5, 161, 993, 20_000, 1];

/** Ports to write at the left edge: those of `first`, then well-known ones, as far as there is room. */
export function portTicks(scale: PortScale, first: readonly number[] = []): readonly { port: number; y: number }[] {
  const placed: { port: number; y: number }[] = [];
  for (const port of [...first, ...KNOWN]) {
    const y = portY(scale, port);
    if (port < scale.low || port > scale.high || placed.some((other) => Math.abs(other.y - y) < 17)) continue;
    placed.push({ port, y });
  }
  return placed;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  ...[0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
  ...[1, 2, 7].map((days) => days * DAY),
];

/** Times to write below, at round times of the zone; at most `most` of them. */
export function timeTicks(
  span: { readonly fromMs: number; readonly untilMs: number },
  zone: string,
  most: number,
): readonly { readonly ms: number; readonly label: string }[] {
  const step = STEPS.find((one) => (span.untilMs - span.fromMs) / one <= most) ?? 30 * DAY;
  const offset = offsetMs(span.fromMs, zone);
  const found: { ms: number; label: string }[] = [];
  for (let ms = Math.ceil((span.fromMs + offset) / step) * step - offset; ms <= span.untilMs; ms += step) {
    found.push({ ms, label: step >= DAY ? dayMonth(ms, zone) : clock(ms, zone, step) });
  }
  return found;
}
