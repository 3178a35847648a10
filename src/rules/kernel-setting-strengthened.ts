/** A security setting of the kernel lets less through than before. See docs/rules/kernel-setting-strengthened.md. */

import { defineRule } from '#model/sensor.ts';
import { type KernelSettingRow, kernelSettingTable } from '#sensors/kernel-setting-table.ts';
import { kptr } from './kernel-setting-rows.ts';
import { aboutSetting, moveOf, ofForwarding, shownValue, whereSet } from './kernel-setting-words.ts';

export default defineRule<KernelSettingRow>({
  id: 'kernel-setting-strengthened',
  doc: 'A security setting of the kernel became stricter.',
  on: 'kernel-settings',
  table: kernelSettingTable,
  attack: ['T1562'],
  types: ['changed'],
  judge({ change, known }) {
    const move = moveOf(change);
    // Back at what is normal: the alert about the weaker value closes, which says it.
    if (change.type !== 'changed' || move?.way !== 'stronger' || known) return undefined;
    const { setting, from, to, when } = move;
    return {
      ...aboutSetting(change.before, change.after),
      ...ofForwarding(change.after.name),
      severity: 'info',
      title: `Kernel setting ${setting.name} ${when === 'now' ? 'is stricter' : 'will be stricter after the next boot'}: ${shownValue(from)} → ${shownValue(to)}`,
      why: `With the old value ${setting.allows}. Somebody made this host safer; it is told so that you know of it.`,
      next: whereSet(setting.name),
    };
  },
  samples: [
    {
      name: 'addresses of the kernel are hidden',
      judgement: { change: { type: 'changed', before: { ...kptr, value: '0' }, after: kptr } },
      expect: 'info',
    },
    {
      name: 'as it was before somebody weakened it',
      judgement: { change: { type: 'changed', before: { ...kptr, value: '0' }, after: kptr }, known: true },
      expect: undefined,
    },
    {
      name: 'weakened',
      judgement: { change: { type: 'changed', before: kptr, after: { ...kptr, value: '0' } } },
      expect: undefined,
    },
  ],
});
