/** The kernel was started with other parameters than before. See docs/rules/cmdline-changed.md. */

import { shorten, visible } from '#lib/escape.ts';
import { defineRule } from '#model/sensor.ts';
import { type KernelSettingRow, kernelSettingTable } from '#sensors/kernel-setting-table.ts';
import { commandLine } from './kernel-setting-rows.ts';
import { aboutSetting } from './kernel-setting-words.ts';

export default defineRule<KernelSettingRow>({
  id: 'cmdline-changed',
  doc: 'The kernel was started with another command line.',
  on: 'kernel-settings',
  table: kernelSettingTable,
  attack: ['T1562', 'T1542'],
  types: ['changed'],
  judge({ change }) {
    if (change.type !== 'changed' || change.after.kind !== 'command line') return undefined;
    const { before, after } = change;
    const [was, is] = [before.value.split(' '), after.value.split(' ')];
    const came = is.filter((word) => !was.includes(word));
    const went = was.filter((word) => !is.includes(word));
    const weak = after.means.filter((words) => !before.means.includes(words)).join('; ');
    const moves = [...came.map((word) => `+${word}`), ...went.map((word) => `−${word}`)];
    const shown = moves.length === 0 ? 'in a part that is not shown' : shorten(visible(moves.join(' ')), 160);
    return {
      ...aboutSetting(before, after),
      severity: weak === '' ? 'low' : 'high',
      title: `The kernel was started with other parameters: ${shown}`,
      why:
        weak === ''
          ? 'Whoever changes what the boot loader passes on decides what protects the kernel. A new kernel package or a repair does it as well.'
          : `${visible(weak)}. Whoever changes what the boot loader passes on takes protections away before anything can watch.`,
      next: 'cat /proc/cmdline; grep -n CMDLINE /etc/default/grub; ls -l /boot /etc/grub.d',
    };
  },
  samples: [
    {
      name: 'protections of the processor are off',
      judgement: {
        change: {
          type: 'changed',
          before: commandLine,
          after: {
            ...commandLine,
            value: `${commandLine.value} mitigations=off`,
            means: ['mitigations=off: protections against flaws of the processor are off'],
          },
        },
      },
      expect: 'high',
    },
    {
      name: 'it says more while it boots',
      judgement: {
        change: {
          type: 'changed',
          before: commandLine,
          after: { ...commandLine, value: 'BOOT_IMAGE=/vmlinuz root=/dev/sda1 ro' },
        },
      },
      expect: 'low',
    },
    {
      name: 'another setting',
      judgement: {
        change: {
          type: 'changed',
          before: { ...commandLine, kind: 'setting' },
          after: { ...commandLine, kind: 'setting', value: 'x' },
        },
      },
      expect: undefined,
    },
  ],
});
