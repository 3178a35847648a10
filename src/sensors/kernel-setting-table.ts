/** The declaration of the table `kernel-settings`. */

import { defineTable } from '#model/table.ts';

/** One row a setting, mode or helper of the kernel. */
export const kernelSettingTable = defineTable({
  name: 'kernel-settings',
  doc: 'Security settings of the kernel: now, and as they will be after the next boot.',
  slot: ['name'],
  file: 'file',
  columns: {
    name: ['text', 'Name as sysctl(8) shows it, or "AppArmor", "command line" …', 'identity'],
    kind: [
      'text',
      'setting, helper (a program that the kernel starts as root), mode, clock, command line, boot options or taint',
    ],
    value: ['text', 'What holds now, cut at 400 characters', 'compared'],
    atBoot: ['text', 'What the files of sysctl.d will set at the next boot; "" where they say nothing', 'compared'],
    digest: ['text', 'Of the whole value where it is cut or masked; else ""', 'compared'],
    means: [
      'list',
      'Command line and boot options: parameters that take protections away; taint: what the letters mean',
    ],
    program: ['text', 'Program that the kernel starts, or ""'],
    programState: ['text', 'packaged, unpackaged, altered, missing, or "" where there is no program', 'compared'],
    open: ['text', 'Who else may change that program, or ""', 'compared'],
    package: ['text', 'Package that ships it, or ""'],
    file: ['text', 'Where it was set last: a file of /proc/sys or /sys, or one that sets it at boot'],
  },
});

/** A row of `kernel-settings`. */
export type KernelSettingRow = NonNullable<(typeof kernelSettingTable)['row']>;
