/** Rows for the samples of the rules on `kernel-settings`. */

import type { KernelSettingRow } from '#sensors/kernel-setting-table.ts';

/** As Debian ships it. */
export const kptr: KernelSettingRow = {
  name: 'kernel.kptr_restrict',
  kind: 'setting',
  value: '1',
  atBoot: '',
  digest: '',
  means: [],
  program: '',
  programState: '',
  open: '',
  package: '',
  file: '',
};

/** systemd's program takes core dumps. */
export const corePattern: KernelSettingRow = {
  ...kptr,
  name: 'kernel.core_pattern',
  kind: 'helper',
  value: '|/usr/lib/systemd/systemd-coredump %P %u %g %s %t %c %h',
  program: '/usr/lib/systemd/systemd-coredump',
  programState: 'packaged',
  package: 'systemd-coredump',
};

export const appArmor: KernelSettingRow = { ...kptr, name: 'AppArmor', kind: 'mode', value: 'on' };

export const commandLine: KernelSettingRow = {
  ...kptr,
  name: 'command line',
  kind: 'command line',
  value: 'BOOT_IMAGE=/vmlinuz root=/dev/sda1 ro quiet',
};

export const bootOptions: KernelSettingRow = {
  ...kptr,
  name: 'boot options in /etc/default/grub',
  kind: 'boot options',
  value: 'quiet',
  file: '/etc/default/grub',
};

export const taint: KernelSettingRow = { ...kptr, name: 'taint', kind: 'taint', value: '' };
