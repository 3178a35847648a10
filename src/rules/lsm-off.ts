/** A guard of the kernel (AppArmor, SELinux, lockdown, Secure Boot …) is off or weaker than before. See docs/rules/lsm-off.md. */

import { defineRule } from '#model/sensor.ts';
import type { Change } from '#model/table.ts';
import { type KernelSettingRow, kernelSettingTable } from '#sensors/kernel-setting-table.ts';
import { appArmor } from './kernel-setting-rows.ts';
import { aboutSetting, shownValue } from './kernel-setting-words.ts';

/** Values of a mode from the safest on; what is not listed is taken for the weakest. */
const orders: Readonly<Record<string, readonly string[]>> = {
  lockdown: ['confidentiality', 'integrity', 'none'],
  AppArmor: ['on', 'off'],
  'AppArmor mode': ['kill', 'enforce', 'complain'],
  SELinux: ['enforcing', 'permissive'],
  'module signatures': ['enforced', 'not enforced'],
  'Secure Boot': ['on', 'off'],
};

export default defineRule<KernelSettingRow>({
  id: 'lsm-off',
  doc: 'A security module or another guard of the kernel was switched off or weakened.',
  on: 'kernel-settings',
  table: kernelSettingTable,
  attack: ['T1562.001'],
  types: ['changed', 'removed'],
  judge({ change }) {
    const what = weakened(change);
    if (what === undefined || change.type === 'added') return undefined;
    const row = change.type === 'removed' ? { ...change.before, value: '' } : change.after;
    return {
      ...aboutSetting(change.before, row),
      severity: 'high',
      title: `${row.name} of the kernel ${what}`,
      why: 'It limits what even root and broken-into services may do. Intruders switch it off first; an administrator does it to look for a fault, and forgets.',
      next: 'cat /sys/kernel/security/lsm; aa-status; getenforce; cat /sys/kernel/security/lockdown; dmesg | tail -30',
    };
  },
  samples: [
    {
      name: 'AppArmor was switched off',
      judgement: { change: { type: 'changed', before: appArmor, after: { ...appArmor, value: 'off' } } },
      expect: 'high',
    },
    {
      name: 'SELinux only warns now',
      judgement: {
        change: {
          type: 'changed',
          before: { ...appArmor, name: 'SELinux', value: 'enforcing' },
          after: { ...appArmor, name: 'SELinux', value: 'permissive' },
        },
      },
      expect: 'high',
    },
    {
      name: 'one module less',
      judgement: {
        change: {
          type: 'changed',
          before: { ...appArmor, name: 'security modules', value: 'lockdown,capability,apparmor,bpf' },
          after: { ...appArmor, name: 'security modules', value: 'lockdown,capability,bpf' },
        },
      },
      expect: 'high',
    },
    {
      name: 'SELinux is gone after a boot',
      judgement: { change: { type: 'removed', before: { ...appArmor, name: 'SELinux', value: 'enforcing' } } },
      expect: 'high',
    },
    {
      name: 'switched on',
      judgement: { change: { type: 'changed', before: { ...appArmor, value: 'off' }, after: appArmor } },
      expect: undefined,
    },
    {
      name: 'lockdown became stricter',
      judgement: {
        change: {
          type: 'changed',
          before: { ...appArmor, name: 'lockdown', value: 'none' },
          after: { ...appArmor, name: 'lockdown', value: 'integrity' },
        },
      },
      expect: undefined,
    },
  ],
});

/** In words what became of it; undefined when it is no weaker. */
function weakened(change: Change<KernelSettingRow>): string | undefined {
  if (change.type === 'added') return undefined;
  const { before } = change;
  const { kind, name } = change.type === 'removed' ? before : change.after;
  if (kind !== 'mode') return undefined;
  const after = change.type === 'removed' ? '' : change.after.value;
  if (name === 'security modules') {
    const now = new Set(after.split(','));
    const lost = before.value.split(',').filter((name) => !now.has(name));
    return lost.length === 0 ? undefined : `lost ${shownValue(lost.join(', '))}`;
  }
  const order = orders[name] ?? [];
  const rank = (value: string): number => (order.includes(value) ? order.indexOf(value) : order.length);
  if (rank(after) <= rank(before.value)) return undefined;
  return after === ''
    ? `is gone: it was ${shownValue(before.value)}`
    : `is now ${shownValue(after)}, it was ${shownValue(before.value)}`;
}
