/** Runs the administrator's own checks, each in its time: see docs/sensors/outside-checks.md. */

import { parseNagios, parseTroubleLines } from '#formats/nagios-output.ts';
import { shorten } from '#lib/escape.ts';
import { lineText } from '#lib/line-text.ts';
import type { Gap } from '#model/gap.ts';
import type { Host } from '#model/host.ts';
import type { Outside, OutsideCheck, OutsideEnd } from '#model/outside.ts';
import { defineSensor } from '#model/sensor.ts';
import { type OutsideCheckRow, outsideChecks } from './outside-check-table.ts';

/** Checks that run at once. */
const AT_ONCE = 4;
/** A look waits this long for checks that never ran; the others run beside the looks. */
const FIRST_WAIT_MS = 4_000;
const MAX_TEXT = 300;
const MAX_LINES = 20;

/** A check outlives the look that started it; its own time limit ends it. */
const outliving = new AbortController().signal;

interface Known {
  row: OutsideCheckRow | undefined;
  dueMs: number;
  running: Promise<void> | undefined;
}
const memories = new WeakMap<object, Map<string, Known>>();

export default defineSensor<OutsideCheckRow>({
  name: 'outside-checks',
  doc: 'Runs the programs of the setting "checks" and takes what they say.',
  everyMs: 5_000,
  table: outsideChecks,
  async look(host, signal) {
    const { outside } = host;
    if (outside === undefined || outside.checks.length === 0) return { rows: [], gaps: [], by: 'no checks' };
    const memory = memories.get(host) ?? new Map<string, Known>();
    memories.set(host, memory);
    start({ host, outside, memory });
    const fresh = [...memory.values()].flatMap(({ row, running }) => (row === undefined && running ? [running] : []));
    if (fresh.length > 0) await Promise.race([Promise.all(fresh), host.clock.sleep(FIRST_WAIT_MS, signal)]);
    const rows = [...memory.values()].flatMap(({ row }) => (row === undefined ? [] : [row]));
    const gaps = [...memory].flatMap(([name, { row }]) => (row === undefined ? [waiting(name)] : []));
    return { rows, gaps, by: 'programs' };
  },
});

function waiting(name: string): Gap {
  return { what: `check ${name}`, why: 'it has not said anything yet', reduced: true };
}

interface Work {
  readonly host: Host;
  readonly outside: Outside;
  readonly memory: Map<string, Known>;
}

/** Starts what is due, as many as may run at once; the rest is due at the next look. */
function start({ host, outside, memory }: Work): void {
  const nowMs = host.clock.monotonicMs();
  let running = [...memory.values()].filter((known) => known.running !== undefined).length;
  for (const check of outside.checks) {
    const known = memory.get(check.name) ?? { row: undefined, dueMs: 0, running: undefined };
    memory.set(check.name, known);
    if (known.running !== undefined || known.dueMs > nowMs || running >= AT_ONCE) continue;
    running += 1;
    known.dueMs = nowMs + check.everyMs;
    known.running = take(known, check, { host, outside });
  }
}

async function take(known: Known, check: OutsideCheck, { host, outside }: Omit<Work, 'memory'>): Promise<void> {
  const end = await outside.run(check, outliving);
  known.row = rowOf(check, end, host.clock.nowMs());
  known.running = undefined;
}

function rowOf(check: OutsideCheck, end: OutsideEnd, nowMs: number): OutsideCheckRow {
  const said = lineText(end.stdout.length > 0 ? end.stdout : end.stderr);
  const parsed = check.format === 'nagios' ? parseNagios(end.code, said) : parseTroubleLines(end.code, said);
  const failed = end.why !== '';
  return {
    name: check.name,
    state: failed ? 'failed' : parsed.state,
    text: shorten(failed ? end.why : parsed.text, MAX_TEXT),
    more: parsed.more.slice(0, MAX_LINES).map((line) => shorten(line, MAX_TEXT)),
    measured: parsed.measured.map(({ label, value, unit }) => `${shorten(label, 60)}=${value}${unit}`),
    program: check.run[0],
    user: check.user,
    ranMs: nowMs,
    tookMs: end.tookMs,
  };
}
