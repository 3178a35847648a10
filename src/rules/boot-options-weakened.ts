/** A file of the boot loader will take protections of the kernel away. See docs/rules/boot-options-weakened.md. */

import { shorten, visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import { defineRule } from '#model/sensor.ts';
import { type KernelSettingRow, kernelSettingTable } from '#sensors/kernel-setting-table.ts';
import { bootOptions, kptr } from './kernel-setting-rows.ts';

export default defineRule<KernelSettingRow>({
  id: 'boot-options-weakened',
  doc: 'From the next boot on the kernel is started without a protection, or with another first program.',
  on: 'kernel-settings',
  table: kernelSettingTable,
  attack: ['T1542', 'T1562'],
  types: ['added', 'changed'],
  judge({ change, learning }) {
    if (change.type === 'removed' || learning || change.after.kind !== 'boot options') return undefined;
    const { after } = change;
    const before = change.type === 'changed' ? change.before : undefined;
    const came = after.means.filter((words) => before?.means.includes(words) !== true);
    if (came.length === 0) return undefined;
    const shown = shorten(visible(came.join('; ')), 200);
    return {
      // Not the file: what /etc/default/grub says is written into grub.cfg as well.
      subject: `boot options ${came.join(' ')}`,
      severity: 'high',
      title: `From the next boot on: ${shown} (${visible(after.file)})`,
      why: 'Whoever changes what the boot loader passes on takes protections away, or comes first, before anything can watch.',
      next: `grep -n -e linux -e CMDLINE -e options ${shellQuote(after.file)}; cat /proc/cmdline; ls -l --time=full /boot /etc/default/grub`,
      facts: { before: before?.value ?? '', after: after.value },
    };
  },
  samples: [
    {
      name: 'AppArmor will be off',
      judgement: {
        change: {
          type: 'changed',
          before: bootOptions,
          after: { ...bootOptions, value: 'quiet apparmor=0', means: ['apparmor=0: AppArmor is off'] },
        },
      },
      expect: 'high',
    },
    {
      name: 'a new file with another first program',
      judgement: {
        change: {
          type: 'added',
          after: { ...bootOptions, means: ['init=/tmp/x: the machine starts /tmp/x first, not its usual init'] },
        },
      },
      expect: 'high',
    },
    {
      name: 'it says more while it boots',
      judgement: { change: { type: 'changed', before: bootOptions, after: { ...bootOptions, value: '' } } },
      expect: undefined,
    },
    {
      name: 'it stood there before',
      judgement: {
        change: {
          type: 'changed',
          before: { ...bootOptions, means: ['nokaslr: x'] },
          after: { ...bootOptions, value: 'nokaslr debug', means: ['nokaslr: x'] },
        },
      },
      expect: undefined,
    },
    {
      name: 'another setting',
      judgement: { change: { type: 'added', after: { ...kptr, means: ['x'] } } },
      expect: undefined,
    },
  ],
});
