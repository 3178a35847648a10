/** Watches the security settings of the kernel: see docs/sensors/kernel-settings.md. */

import { createHash } from 'node:crypto';
import { parseCmdline, shownCmdline, weakParameters } from '#formats/kernel-cmdline.ts';
import { taintLetters, taintWords } from '#formats/kernel-taint.ts';
import { sysctlPath } from '#formats/sysctl-conf.ts';
import { shorten } from '#lib/escape.ts';
import { parseUint } from '#lib/parse-uint.ts';
import type { Gap } from '#model/gap.ts';
import { type Host, isFailure } from '#model/host.ts';
import { defineSensor } from '#model/sensor.ts';
import { kernelModes } from './kernel-modes.ts';
import { kernelHelpers, kernelSettings } from './kernel-setting-list.ts';
import { type KernelSettingRow, kernelSettingTable } from './kernel-setting-table.ts';
import { programTrust } from './program-trust.ts';
import { type BootSetting, bootSettings } from './sysctl-files.ts';

const MAX_VALUE = 400;
const MAX_VALUE_BYTES = 4096;

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
  everyMs: 5_000,
  table: kernelSettingTable,
  async look(host) {
    const gaps: Gap[] = [];
    const boot = bootSettings(host, gaps);
    const rows: KernelSettingRow[] = [];
    for (const { name } of kernelSettings) {
      const value = valueAt(host, `/proc/sys/${sysctlPath(name)}`, gaps);
      if (value !== undefined) rows.push({ ...empty, name, kind: 'setting', value, ...bootOf(boot, name) });
    }
    for (const { name, path } of kernelHelpers) {
      const value = valueAt(host, path, gaps);
      if (value !== undefined) rows.push(helperRow(host, name, value, boot));
    }
    for (const [name, value] of kernelModes(host, gaps)) rows.push({ ...empty, name, kind: 'mode', value });
    rows.push(...cmdlineRow(host, gaps), ...taintRow(host, gaps));
    return { rows, gaps, by: '/proc/sys, /sys' };
  },
});

function valueAt(host: Host, path: string, gaps: Gap[]): string | undefined {
  const bytes = host.files.read(path, MAX_VALUE_BYTES);
  if (!isFailure(bytes)) return bytes.toString('utf8').trim().replace(/\s+/g, ' ');
  if (bytes.error !== 'ENOENT' && bytes.error !== 'ENOTDIR') gaps.push({ what: path, why: bytes.error });
  return undefined;
}

function bootOf(boot: ReadonlyMap<string, BootSetting>, name: string): Pick<KernelSettingRow, 'atBoot' | 'file'> {
  const at = boot.get(name);
  return at === undefined ? { atBoot: '', file: '' } : { atBoot: shorten(at.value, MAX_VALUE), file: at.file };
}

function helperRow(host: Host, name: string, value: string, boot: ReadonlyMap<string, BootSetting>): KernelSettingRow {
  const at = bootOf(boot, name);
  // A core pattern without "|" is a file name; what will be set at boot is judged when nothing is run now.
  const program = helperOf(name, value) || helperOf(name, at.atBoot);
  const row = { ...empty, name, kind: 'helper', value: shorten(value, MAX_VALUE), digest: cutDigest(value), ...at };
  if (program === '') return row;
  const { state, open, package: owner } = programTrust(host, program);
  return { ...row, program, programState: state, open, package: owner };
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

function taintRow(host: Host, gaps: Gap[]): readonly KernelSettingRow[] {
  const text = valueAt(host, '/proc/sys/kernel/tainted', gaps);
  if (text === undefined) return [];
  const mask = parseUint(text);
  if (mask === undefined) {
    gaps.push({ what: '/proc/sys/kernel/tainted', why: `it says "${shorten(text, 40)}"` });
    return [];
  }
  const value = taintLetters(mask);
  const means = Array.from(value, (letter) => `${letter}: ${taintWords(letter)}`);
  return [{ ...empty, name: 'taint', kind: 'taint', value, means }];
}
