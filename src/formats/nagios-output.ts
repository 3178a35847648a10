/** What plugins of Nagios say: monitoring-plugins.org, "Development guidelines", plugin output and return codes. */

import { parseUint } from '#lib/parse-uint.ts';

export type CheckState = 'ok' | 'warning' | 'critical' | 'unknown';

/** One value that a plugin measured: 'label'=value[unit];[warn];[crit];[min];[max]. */
export interface PerfValue {
  readonly label: string;
  readonly value: number;
  readonly unit: string;
}

/** `text` is the first line without the measured values; `more` the lines after it. */
export interface CheckOutput {
  readonly state: CheckState;
  readonly text: string;
  readonly more: readonly string[];
  readonly measured: readonly PerfValue[];
}

const STATES: readonly CheckState[] = ['ok', 'warning', 'critical', 'unknown'];
/** Values kept; a plugin has a handful. */
const MAX_VALUES = 32;
const VALUE = /(?:'((?:[^']|'')*)'|([^\s='|]+))=(-?\d{1,15}(?:\.\d{1,9})?)([a-zA-Z%]{0,3})(?:;\S*)?/g;

/** An exit code that means nothing is "unknown", as Nagios takes it. */
export function parseNagios(code: number, output: string): CheckOutput {
  const lines = output.split('\n').map((line) => line.trimEnd());
  const [first = '', ...rest] = lines;
  const [text = '', ...perf] = first.split('|');
  const long = rest.map((line) => line.split('|')[0] ?? '').filter((line) => line !== '');
  return {
    state: STATES[code] ?? 'unknown',
    text: text.trim(),
    more: long,
    measured: measuredIn(perf.join(' ')),
  };
}

function measuredIn(text: string): readonly PerfValue[] {
  const found: PerfValue[] = [];
  for (const [, quoted, plain, value = '', unit = ''] of text.matchAll(VALUE)) {
    if (found.length >= MAX_VALUES) break;
    found.push({ label: quoted?.replaceAll("''", "'") ?? plain ?? '', value: Number(value), unit });
  }
  return found;
}

/** Each line is a trouble; none and code 0 are fine. */
export function parseTroubleLines(code: number, output: string): CheckOutput {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const [text = code === 0 ? '' : `it ended with ${parseUint(String(code)) ?? 'an error'} and said nothing`, ...more] =
    lines;
  const state = lines.length > 0 ? 'warning' : code === 0 ? 'ok' : 'unknown';
  return { state, text, more, measured: [] };
}
