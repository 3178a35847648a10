/** Watches the security settings of the kernel: see docs/sensors/kernel-settings.md. */

import { createHash } from 'node:crypto';
import { parseCmdline, shownCmdline, weakParameters } from '#formats/kernel-cmdline.ts';
import { taintLetters, taintWords } from '#formats/kernel-taint.ts';
import { shorten } from '#lib/escape.ts';
import { parseUint } from '#lib/parse-uint.ts';
import type { Gap } from '#model/gap.ts';
import { type Host, isFailure } from '#model/host.ts';
import { defineSensor } from '#model/sensor.ts';
import { bootOptionRows } from './boot-option-files.ts';
import { kernelModes } from './kernel-modes.ts';
import { kernelHelpers, livePaths } from './kernel-setting-list.ts';
import { momentsOf, type Shown } from './kernel-setting-moments.ts';
import { type KernelSettingRow, kernelSettingTable } from './kernel-setting-table.ts';
import { CLOCK_SOURCE, TAINT_FILE, valueAt } from './kernel-setting-value.ts';
import { programTrust } from './program-trust.ts';
import { type BootSetting, bootSettings } from './sysctl-files.ts';

const MAX_VALUE = 400;
const helpers = new Set(kernelHelpers.map(({ name }) => name));
const livePath = new Map(livePaths.map(({ name, path }) => [name, path]));

const empty = {
  atBoot: '',
  digest: '',
  means: [],
  program: '',
  programState: '',
  open: '',
  package: '',
  file: '',
} as const;

/** A setting that this kernel does not have is no row; one that cannot be read is a gap. */
export default defineSensor<KernelSettingRow>({
  name: 'kernel-settings',
  doc: 'Reads settings, modes and helpers of the kernel, and what sysctl.d will set at the next boot.',
  everyMs: 10_000,
  table: kernelSettingTable,
  async look(host) {
    const gaps: Gap[] = [];
    const boot = bootSettings(host, gaps);
    const rows: KernelSettingRow[] = [];
    for (const { name, path } of livePaths) {
      const value = valueAt(host, path, gaps);
      if (value === undefined) continue;
      const setting = settingOf(host, name, value, boot);
      rows.push(helpers.has(name) ? helperRow(host, name, setting) : { ...empty, name, kind: 'setting', ...setting });
    }
    for (const mode of kernelModes(host, gaps)) rows.push({ ...empty, kind: 'mode', ...mode });
    rows.push(...cmdlineRow(host, gaps), ...bootOptionRows(host, gaps), ...taintRow(host, gaps), ...clockRows(host));
    return { rows, gaps, by: '/proc/sys, /sys' };
  },
});

/**
 * The value to show, which may be one that stood for a moment only, and where it was set last: what differs from the last
 * look says whether it was set now or for the next boot.
 */
function settingOf(host: Host, name: string, value: string, boot: ReadonlyMap<string, BootSetting>) {
  const moments = momentsOf(host);
  const { value: wanted = '', file: bootFile = '' } = boot.get(name) ?? {};
  const last = moments.last(name);
  const shown = { value: moments.next(name, value), atBoot: shorten(wanted, MAX_VALUE) };
  const live = livePath.get(name) ?? '';
  const file =
    last === undefined
      ? bootFile
      : last.value !== shown.value
        ? live
        : last.atBoot !== shown.atBoot
          ? bootFile
          : last.file;
  moments.show(name, { ...shown, file });
  return { ...shown, file };
}

function helperRow(host: Host, name: string, setting: Shown): KernelSettingRow {
  const { value, atBoot } = setting;
  // A core pattern without "|" is a file name. What will be run after the next boot is shown where that is the graver.
  const now = trustIn(host, helperOf(name, value));
  const later = trustIn(host, helperOf(name, atBoot));
  const graver = now === undefined || (isSound(now) && later !== undefined && !isSound(later)) ? later : now;
  const shown = { value: shorten(value, MAX_VALUE), digest: cutDigest(value) };
  const row = { ...empty, ...setting, name, kind: 'helper', ...shown };
  return { ...row, ...graver };
}

type Helper = Pick<KernelSettingRow, 'program' | 'programState' | 'open' | 'package'>;

function trustIn(host: Host, program: string): Helper | undefined {
  if (program === '') return undefined;
  const { state, open, package: owner } = programTrust(host, program);
  return { program, programState: state, open, package: owner };
}

function isSound({ programState, open }: Helper): boolean {
  return open === '' && programState !== 'unpackaged' && programState !== 'altered';
}

/** The program of a helper setting, "" when it runs none. core(5), "Piping core dumps to a program". */
function helperOf(name: string, value: string): string {
  const command = name === 'kernel.core_pattern' ? (value.startsWith('|') ? value.slice(1) : '') : value;
  return command.trim().split(' ')[0] ?? '';
}

function cutDigest(value: string): string {
  return value.length > MAX_VALUE ? digestOf(value) : '';
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** The command line changes at a boot only: what was made of it is kept. */
let kept: { readonly text: string; readonly rows: readonly KernelSettingRow[] } | undefined;

function cmdlineRow(host: Host, gaps: Gap[]): readonly KernelSettingRow[] {
  const text = valueAt(host, '/proc/cmdline', gaps);
  if (text === undefined) return [];
  if (kept?.text !== text) kept = { text, rows: cmdlineRows(text) };
  return kept.rows;
}

function cmdlineRows(value: string): readonly KernelSettingRow[] {
  const parameters = parseCmdline(value);
  const shown = shorten(shownCmdline(parameters), MAX_VALUE);
  const digest = shown === value ? '' : digestOf(value);
  return [
    { ...empty, name: 'command line', kind: 'command line', value: shown, digest, means: weakParameters(parameters) },
  ];
}

/** Not told by the kernel of a recorded host, nor where a sandbox refuses the call: then stepping it is told all the same. */
function clockRows(host: Host): readonly KernelSettingRow[] {
  const row = (name: string, value: string, file = ''): KernelSettingRow => ({
    ...empty,
    name,
    kind: 'clock',
    value,
    file,
  });
  const source = valueAt(host, CLOCK_SOURCE, []);
  const rows = source === undefined ? [] : [row('clock source', source, CLOCK_SOURCE)];
  const clock = host.kernel?.clock?.();
  if (clock === undefined || isFailure(clock)) return rows;
  const percent = Math.round(clock.ratePpm / 10_000);
  const rate = percent === 0 ? 'normal' : percent > 0 ? `${percent} % fast` : `${-percent} % slow`;
  return [...rows, row('clock', clock.synchronised ? 'synchronised' : 'not synchronised'), row('clock rate', rate)];
}

function taintRow(host: Host, gaps: Gap[]): readonly KernelSettingRow[] {
  const text = valueAt(host, TAINT_FILE, gaps);
  if (text === undefined) return [];
  const mask = parseUint(text);
  if (mask === undefined) {
    gaps.push({ what: TAINT_FILE, why: `it says "${shorten(text, 40)}"` });
    return [];
  }
  const value = taintLetters(mask);
  const means = Array.from(value, (letter) => `${letter}: ${taintWords(letter)}`);
  return [{ ...empty, name: 'taint', kind: 'taint', value, means, file: TAINT_FILE }];
}
