/** The kernel says that foreign code is in it. See docs/rules/taint-new.md. */

import { defineRule } from '#model/sensor.ts';
import { type KernelSettingRow, kernelSettingTable } from '#sensors/kernel-setting-table.ts';
import { taint } from './kernel-setting-rows.ts';

const oe = ['O: out-of-tree module', 'E: unsigned module'];

/** Letters that say that somebody else's code is or was in the kernel. */
const FOREIGN = new Set(['P', 'F', 'R', 'O', 'E', 'K']);

export default defineRule<KernelSettingRow>({
  id: 'taint-new',
  doc: 'The kernel was tainted by something that it was not tainted by before.',
  on: 'kernel-settings',
  table: kernelSettingTable,
  attack: ['T1547.006', 'T1014'],
  types: ['changed'],
  judge({ change }) {
    if (change.type !== 'changed' || change.after.kind !== 'taint') return undefined;
    const { before, after } = change;
    const fresh = after.means.filter((words) => !before.means.includes(words));
    if (fresh.length === 0) return undefined;
    const letters = fresh.map((words) => words.slice(0, 1));
    const foreign = letters.some((letter) => FOREIGN.has(letter));
    const shown = fresh.map((words) => words.slice(3)).join(', ');
    return {
      subject: `taint ${letters.join('')}`,
      facts: { before: before.value, after: after.value, letters: letters.join('') },
      severity: foreign ? 'high' : 'low',
      title: `The kernel is tainted: ${shown}`,
      why: foreign
        ? 'The mark stays until the next boot, also when the module hides itself or is taken out again: compare it with the modules that are shown.'
        : 'The kernel had trouble of its own. It may be a fault of the hardware or a driver, or an attack that did not quite work.',
      next: 'dmesg | grep -i -e taint -e module -e oops | tail; cat /proc/modules; telltale show modules',
    };
  },
  samples: [
    {
      name: 'an unsigned module from elsewhere',
      judgement: { change: { type: 'changed', before: taint, after: { ...taint, value: 'OE', means: oe } } },
      expect: 'high',
    },
    {
      name: 'a warning of the kernel',
      judgement: {
        change: { type: 'changed', before: taint, after: { ...taint, value: 'W', means: ['W: it has warned before'] } },
      },
      expect: 'low',
    },
    {
      name: 'fresh after a boot',
      judgement: { change: { type: 'changed', before: { ...taint, value: 'OE', means: oe }, after: taint } },
      expect: undefined,
    },
  ],
});
