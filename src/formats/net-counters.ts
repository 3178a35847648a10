/** Counters of the network stack, /proc/net/snmp and /proc/net/netstat: pairs of lines, names and then numbers. Total. */

import { parseUint } from '#lib/parse-uint.ts';

/** "Tcp.PassiveOpens" → its value; lines that are no pair are in `rejects`. */
export function parseNetCounters(text: string): {
  readonly rows: ReadonlyMap<string, number>;
  readonly rejects: readonly string[];
} {
  const rows = new Map<string, number>();
  const rejects: string[] = [];
  const lines = text.split('\n').filter((line) => line !== '');
  for (let at = 0; at < lines.length; at += 1) {
    const [group = '', ...names] = (lines[at] ?? '').split(' ');
    const [again, ...values] = (lines[at + 1] ?? '').split(' ');
    if (!group.endsWith(':') || group !== again || names.length !== values.length) {
      rejects.push(lines[at] ?? '');
      continue;
    }
    for (const [index, name] of names.entries()) {
      // Some are negative ("MaxConn -1"): nothing is counted there.
      const value = parseUint(values[index] ?? '');
      if (value !== undefined) rows.set(`${group.slice(0, -1)}.${name}`, value);
    }
    at += 1;
  }
  return { rows, rejects };
}
