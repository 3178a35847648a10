/** A security setting of the kernel lets more through than before. See docs/rules/kernel-setting-weakened.md. */

import { visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import { defineRule, type Judgement } from '#model/sensor.ts';
import { kernelHelpers } from '#sensors/kernel-setting-list.ts';
import { type KernelSettingRow, kernelSettingTable } from '#sensors/kernel-setting-table.ts';
import { corePattern, kptr } from './kernel-setting-rows.ts';
import { aboutSetting, moveOf, nextFor, ofForwarding, shownValue } from './kernel-setting-words.ts';

export default defineRule<KernelSettingRow>({
  id: 'kernel-setting-weakened',
  doc: 'A security setting of the kernel was weakened, or a program that the kernel starts as root changed.',
  on: 'kernel-settings',
  table: kernelSettingTable,
  attack: ['T1562', 'T1547'],
  types: ['added', 'changed'],
  judge(judgement) {
    const { change } = judgement;
    if (change.type === 'removed') return undefined;
    if (change.after.kind === 'helper') return judgeHelper(judgement, change.after);
    const move = moveOf(change);
    if (move === undefined || move.way !== 'weaker') return undefined;
    const { setting, from, to } = move;
    const values = `${shownValue(from)} → ${shownValue(to)}`;
    return {
      ...aboutSetting(change.type === 'changed' ? change.before : undefined, change.after),
      ...ofForwarding(change.after.name),
      severity: move.when === 'now' ? setting.severity : lessGrave(setting.severity),
      title:
        move.when === 'now'
          ? `Kernel setting ${setting.name} was weakened: ${values}`
          : `Kernel setting ${setting.name} will be weaker after the next boot: ${values}`,
      why: `With the new value ${setting.allows}.`,
      next: nextFor(move),
    };
  },
  samples: [
    {
      name: 'addresses of the kernel are shown',
      judgement: { change: { type: 'changed', before: { ...kptr, value: '1' }, after: { ...kptr, value: '0' } } },
      expect: 'medium',
    },
    {
      name: 'a file of sysctl.d will show them',
      judgement: {
        change: { type: 'changed', before: kptr, after: { ...kptr, atBoot: '0', file: '/etc/sysctl.d/99-x.conf' } },
      },
      expect: 'low',
    },
    {
      name: 'a crash will run a program below /tmp',
      judgement: {
        change: {
          type: 'changed',
          before: { ...corePattern, value: 'core', program: '', programState: '' },
          after: {
            ...corePattern,
            value: '|/tmp/x %p',
            program: '/tmp/x',
            programState: 'unpackaged',
            open: 'it lies below /tmp, where everyone may write',
            package: '',
          },
        },
      },
      expect: 'critical',
    },
    {
      name: 'the same at the first look',
      judgement: {
        change: {
          type: 'added',
          after: {
            ...corePattern,
            value: '|/usr/local/bin/x',
            program: '/usr/local/bin/x',
            programState: 'unpackaged',
          },
        },
        learning: true,
      },
      expect: 'critical',
    },
    {
      name: 'another packaged program takes core dumps',
      judgement: {
        change: { type: 'changed', before: { ...corePattern, value: 'core', program: '' }, after: corePattern },
      },
      expect: 'medium',
    },
    {
      name: 'the program was there before and stays',
      judgement: { change: { type: 'added', after: corePattern }, learning: true },
      expect: undefined,
    },
    {
      name: 'strengthened',
      judgement: { change: { type: 'changed', before: { ...kptr, value: '0' }, after: { ...kptr, value: '2' } } },
      expect: undefined,
    },
    {
      name: 'core dumps become files again',
      judgement: {
        change: {
          type: 'changed',
          before: corePattern,
          after: { ...corePattern, value: 'core', program: '', programState: '', package: '' },
        },
      },
      expect: undefined,
    },
  ],
});

function lessGrave(severity: 'info' | 'low' | 'medium' | 'high') {
  return severity === 'high' ? ('medium' as const) : ('low' as const);
}

function judgeHelper({ change, known }: Judgement<KernelSettingRow>, row: KernelSettingRow) {
  const before = change.type === 'changed' ? change.before : undefined;
  if (row.program === '' || (before === undefined && known)) return undefined;
  const bad = badness(row);
  if (bad !== '') return badHelper(before, row, bad);
  if (before === undefined || (before.program === row.program && before.value === row.value)) return undefined;
  return {
    ...aboutSetting(before, row),
    severity: 'medium' as const,
    title: `The kernel runs another program as root ${runsWhen(row)}: ${visible(row.program)}`,
    why: `${visible(row.name)} was ${shownValue(before.value)} and is ${shownValue(row.value)}. ${row.package === '' ? 'No package vouches for the program' : `The program comes with package ${visible(row.package)}; what it is told to do can still be misused`}.`,
    next: nextForHelper(before, row),
  };
}

function badHelper(before: KernelSettingRow | undefined, row: KernelSettingRow, bad: string) {
  const now = isNow(row);
  const runs = `${visible(row.program)} as root ${runsWhen(row)}: ${bad}`;
  return {
    ...aboutSetting(before, row),
    severity: 'critical' as const,
    dangerous: true,
    title: now ? `The kernel now runs ${runs}` : `After the next boot the kernel runs ${runs}`,
    why: `${visible(row.name)} ${now ? 'is' : 'will be'} ${shownValue(now ? row.value : row.atBoot)}. Whoever controls that program is root, and no service or cron line shows why it runs.`,
    next: nextForHelper(before, row),
  };
}

/** Else only the files of sysctl.d name the program. */
function isNow(row: KernelSettingRow): boolean {
  return row.value.includes(row.program);
}

function runsWhen({ name }: KernelSettingRow): string {
  return kernelHelpers.find((helper) => helper.name === name)?.runs ?? 'by itself';
}

function nextForHelper(before: KernelSettingRow | undefined, row: KernelSettingRow): string {
  return `ls -l -- ${shellQuote(row.program)}; sysctl -w ${shellQuote(`${row.name}=${before?.value ?? 'core'}`)}`;
}

/** In a container the helper of the host is missing: that alone is no danger. */
function badness(row: KernelSettingRow): string {
  if (row.open !== '') return row.open;
  if (row.programState === 'altered') return 'it is not as its package shipped it';
  return row.programState === 'unpackaged' ? 'no package owns it' : '';
}
