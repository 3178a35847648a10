/** Watches what hangs on the kernel's functions: see docs/sensors/kernel-hooks.md. */

import { type KernelHook, parseEnabledFunctions, parseKprobes, parseProbeEvents } from '#formats/kernel-hooks.ts';
import { shorten } from '#lib/escape.ts';
import type { Parsed } from '#lib/parse-lines.ts';
import type { Gap } from '#model/gap.ts';
import { type Files, type Host, isFailure } from '#model/host.ts';
import { defineSensor } from '#model/sensor.ts';
import { type KernelHookRow, kernelHooks } from './kernel-hook-table.ts';
import { hearStirrings } from './stir-listener.ts';

const MAX_ROWS = 1000;
const MAX_BYTES = 4 << 20;
const MAX_TEXT = 200;
/** Ours, of this and other state directories. */
const OUR_INSTANCE = /^telltale-[0-9a-f]+(?:-[a-z]+)?$/;
const LIVE_PATCHES = '/sys/kernel/livepatch';

type Source = readonly [path: string, kind: string, parse: (text: string) => Parsed<KernelHook>];
/** dynamic_events holds kprobe_events and uprobe_events where the kernel has it (5.0); then these say nothing new. */
const TRACEFS: readonly Source[] = [
  ['/dynamic_events', 'probe', parseProbeEvents],
  ['/kprobe_events', 'probe', parseProbeEvents],
  ['/uprobe_events', 'user probe', parseProbeEvents],
  ['/enabled_functions', 'traced function', parseEnabledFunctions],
];

export default defineSensor<KernelHookRow>({
  name: 'kernel-hooks',
  doc: 'Reads probes, traced functions and live patches from tracefs, debugfs and /sys.',
  everyMs: 60_000,
  table: kernelHooks,
  async look(host) {
    const gaps: Gap[] = [];
    const rows = new Map<string, KernelHookRow>();
    const add = (row: KernelHookRow): void => {
      const key = [row.kind, row.target, row.name].join('\0');
      const same = rows.get(key);
      rows.set(key, same === undefined ? row : { ...same, count: same.count + 1 });
    };
    const tracefs = host.kernel?.pseudo('tracefs');
    if (tracefs !== undefined && isFailure(tracefs)) gaps.push({ what: 'tracefs', why: tracefs.error, reduced: true });
    else if (tracefs !== undefined) for (const row of tracing(tracefs, gaps)) add(row);
    const debugfs = host.kernel?.pseudo('debugfs');
    if (debugfs !== undefined && !isFailure(debugfs))
      for (const row of hooksOf(debugfs, ['/kprobes/list', 'kprobe', parseKprobes], gaps)) add(row);
    for (const row of livePatches(host)) add(row);
    if (rows.size > MAX_ROWS) gaps.push({ what: 'kernel hooks', why: `more than ${MAX_ROWS}: the rest is not shown` });
    return { rows: [...rows.values()].slice(0, MAX_ROWS), gaps, by: 'tracefs, debugfs, /sys' };
  },
});

export const kernelHookListener = hearStirrings({
  name: 'kernel-hooks',
  doc: 'The kernel says when somebody writes a probe or a tracer into tracefs, or makes an instance of it.',
  table: kernelHooks.name,
  of: 'hooks',
  by: 'tracefs',
});

function tracing(tracefs: Files, gaps: Gap[]): readonly KernelHookRow[] {
  const seen = new Set<string>();
  const rows = TRACEFS.flatMap((source) => hooksOf(tracefs, source, gaps)).flatMap((row) => {
    // A user probe stands in dynamic_events as well.
    const user = row.kind !== 'traced function' && row.target.startsWith('/');
    const told = user ? { ...row, kind: 'user probe' } : row;
    const key = `${told.name} ${told.target}`;
    if (told.name !== '' && seen.has(key)) return [];
    seen.add(key);
    return [told];
  });
  const tracer = textAt(tracefs, '/current_tracer');
  if (tracer !== '' && tracer !== 'nop') rows.push(hookRow('tracer', tracer, '', ''));
  const instances = tracefs.list('/instances');
  for (const name of isFailure(instances) ? [] : instances)
    if (!OUR_INSTANCE.test(name)) rows.push(hookRow('instance', name, '', ''));
  return rows;
}

function hooksOf(files: Files, [path, kind, parse]: Source, gaps: Gap[]): readonly KernelHookRow[] {
  const bytes = files.read(path, MAX_BYTES);
  if (isFailure(bytes)) {
    // Not built into this kernel: nothing can hang there. Lockdown refuses with EPERM.
    if (bytes.error !== 'ENOENT') gaps.push({ what: path.slice(1), why: bytes.error, reduced: true });
    return [];
  }
  const { rows, rejects } = parse(bytes.toString('utf8'));
  for (const line of rejects.slice(0, 2))
    gaps.push({ what: path.slice(1), why: `unreadable line "${shorten(line, 80)}"` });
  return rows.flatMap(({ name, target, words }) => (target === '' ? [] : [hookRow(kind, target, name, words)]));
}

function hookRow(kind: string, target: string, name: string, words: string): KernelHookRow {
  return {
    kind,
    target: shorten(target, MAX_TEXT),
    name: shorten(name, MAX_TEXT),
    words: shorten(words, MAX_TEXT),
    count: 1,
  };
}

function livePatches(host: Host): readonly KernelHookRow[] {
  const names = host.files.list(LIVE_PATCHES);
  if (isFailure(names)) return [];
  return names.map((name) => {
    const enabled = textAt(host.files, `${LIVE_PATCHES}/${name}/enabled`) === '1';
    return hookRow('live patch', name, '', enabled ? 'enabled' : 'disabled');
  });
}

function textAt(files: Files, path: string): string {
  const bytes = files.read(path, 256);
  return isFailure(bytes) ? '' : bytes.toString('utf8').trim();
}
