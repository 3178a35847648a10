/** Files in which boot loaders find the options of the kernel, one row each: part of the table `kernel-settings`. */

import { createHash } from 'node:crypto';
import { parseBootLine, parseBootOptions } from '#formats/boot-options.ts';
import { type Parameter, shownCmdline, weakParameters } from '#formats/kernel-cmdline.ts';
import { shorten } from '#lib/escape.ts';
import type { Gap } from '#model/gap.ts';
import type { Host } from '#model/host.ts';
import { namesIn, readText, valueOf } from './host-file.ts';
import type { KernelSettingRow } from './kernel-setting-table.ts';

const MAX_VALUE = 400;
/** Entries of a folder; a machine has one for each kernel. */
const MAX_ENTRIES = 50;

const FILES = [
  '/etc/default/grub',
  '/boot/grub/grub.cfg',
  '/boot/grub/custom.cfg',
  '/boot/grub2/grub.cfg',
  '/boot/extlinux/extlinux.conf',
];
const FOLDERS: readonly (readonly [folder: string, ending: string])[] = [
  ['/etc/default/grub.d', '.cfg'],
  ['/boot/loader/entries', '.conf'],
  ['/efi/loader/entries', '.conf'],
];
const LINES = ['/etc/kernel/cmdline', '/boot/firmware/cmdline.txt', '/boot/cmdline.txt'];

/** To be heard of. */
export const bootOptionPlaces: readonly string[] = [...FILES, ...FOLDERS.map(([folder]) => folder), ...LINES];

/** Those that are there. */
export function bootOptionRows(host: Host, gaps: Gap[]): readonly KernelSettingRow[] {
  const entries = FOLDERS.flatMap(([folder, ending]) =>
    namesIn(host, folder, gaps)
      .filter((name) => name.endsWith(ending))
      .slice(0, MAX_ENTRIES)
      .map((name) => `${folder}/${name}`),
  );
  const rowAt = (path: string, parse: (text: string) => readonly Parameter[]): readonly KernelSettingRow[] => {
    const parameters = valueOf(readText(host, path, parse), gaps);
    return parameters === undefined ? [] : [rowOf(path, parameters)];
  };
  return [
    ...[...FILES, ...entries].flatMap((path) => rowAt(path, parseBootOptions)),
    ...LINES.flatMap((path) => rowAt(path, parseBootLine)),
  ];
}

const NO_PROGRAM = { program: '', programState: '', open: '', package: '' };

function rowOf(file: string, parameters: readonly Parameter[]): KernelSettingRow {
  const whole = parameters.map(({ text }) => text).join(' ');
  const value = shorten(shownCmdline(parameters), MAX_VALUE);
  const digest = value === whole ? '' : createHash('sha256').update(whole).digest('hex').slice(0, 16);
  const means = weakParameters(parameters);
  return {
    name: `boot options in ${file}`,
    kind: 'boot options',
    value,
    atBoot: '',
    digest,
    means,
    ...NO_PROGRAM,
    file,
  };
}
