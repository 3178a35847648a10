/** The clock of the host is not kept right any more, or runs at another speed. See docs/rules/clock-adrift.md. */

import { visible } from '#lib/escape.ts';
import { defineRule } from '#model/sensor.ts';
import type { Change } from '#model/table.ts';
import { type KernelSettingRow, kernelSettingTable } from '#sensors/kernel-setting-table.ts';
import { kptr } from './kernel-setting-rows.ts';
import { aboutSetting, shownValue } from './kernel-setting-words.ts';

const clock: KernelSettingRow = { ...kptr, kind: 'clock', name: 'clock', value: 'synchronised' };
const rate: KernelSettingRow = { ...clock, name: 'clock rate', value: 'normal' };
const source: KernelSettingRow = { ...clock, name: 'clock source', value: 'tsc' };

export default defineRule<KernelSettingRow>({
  id: 'clock-adrift',
  doc: 'Nothing keeps the clock right any more, it runs at another speed, or is taken from another source.',
  on: 'kernel-settings',
  table: kernelSettingTable,
  attack: ['T1070.006', 'T1562'],
  types: ['added', 'changed'],
  judge({ change, known }) {
    if (change.type === 'removed' || change.after.kind !== 'clock' || (change.type === 'added' && known))
      return undefined;
    const said = judgeClock(change);
    if (said === undefined) return undefined;
    return {
      ...aboutSetting(change.type === 'changed' ? change.before : undefined, change.after),
      ...said,
      next: 'timedatectl status; chronyc tracking; adjtimex --print; dmesg | grep -i -e clocksource -e tsc',
    };
  },
  samples: [
    {
      name: 'nobody keeps it right any more',
      judgement: { change: { type: 'changed', before: clock, after: { ...clock, value: 'not synchronised' } } },
      expect: 'low',
    },
    {
      name: 'it is right again',
      judgement: { change: { type: 'changed', before: { ...clock, value: 'not synchronised' }, after: clock } },
      expect: undefined,
    },
    {
      name: 'it runs faster',
      judgement: { change: { type: 'changed', before: rate, after: { ...rate, value: '10 % fast' } } },
      expect: 'high',
    },
    {
      name: 'it ran faster before we came',
      judgement: { change: { type: 'added', after: { ...rate, value: '10 % fast' } }, learning: true },
      expect: 'high',
    },
    {
      name: 'another source',
      judgement: { change: { type: 'changed', before: source, after: { ...source, value: 'hpet' } } },
      expect: 'low',
    },
    {
      name: 'the first look',
      judgement: { change: { type: 'added', after: source }, learning: true },
      expect: undefined,
    },
    {
      name: 'a setting',
      judgement: { change: { type: 'changed', before: kptr, after: { ...kptr, value: '0' } } },
      expect: undefined,
    },
  ],
});

function judgeClock(change: Exclude<Change<KernelSettingRow>, { type: 'removed' }>) {
  const { name, value } = change.after;
  const before = change.type === 'changed' ? change.before.value : undefined;
  if (name === 'clock rate' && value !== 'normal' && value !== before)
    return {
      severity: 'high' as const,
      dangerous: true,
      title: `The clock of this host runs ${visible(value)}`,
      why: 'No service that keeps clocks right goes so far. Whoever lets time run wrong moves what is written down away from when it happened, without a step that would be seen.',
    };
  if (before === undefined || before === value) return undefined;
  if (name === 'clock source')
    return {
      severity: 'low' as const,
      title: `The kernel takes the time from another source: ${shownValue(before)} → ${shownValue(value)}`,
      why: 'The kernel does so when it finds its clock unsteady, and root can tell it to. A slow or wrong source makes times wrong.',
    };
  if (name === 'clock' && value === 'not synchronised')
    return {
      severity: 'low' as const,
      title: 'Nothing keeps the clock of this host right any more',
      why: 'Times in the logs drift away from those of other machines until they cannot be compared; certificates and one-time passwords fail later. The service may have ended, or been cut off from its servers.',
    };
  return undefined;
}
