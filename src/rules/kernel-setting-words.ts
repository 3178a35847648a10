/** Words shared by the rules on `kernel-settings`. */

import { shorten, visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import type { Change } from '#model/table.ts';
import { compareSafety, type KernelSetting, kernelSetting } from '#sensors/kernel-setting-list.ts';
import type { KernelSettingRow } from '#sensors/kernel-setting-table.ts';

export function shownValue(value: string): string {
  return value === '' ? 'nothing' : `"${shorten(visible(value), 120)}"`;
}

/** Subject and facts of a finding about one setting. */
export function aboutSetting(before: KernelSettingRow | undefined, after: KernelSettingRow) {
  return {
    subject: after.name,
    facts: {
      setting: after.name,
      before: before?.value ?? '',
      after: after.value,
      ...(after.atBoot !== '' && { atBoot: after.atBoot }),
      ...(after.program !== '' && { program: after.program, package: after.package }),
    },
  };
}

/** What a setting with an order of safety did: now, or as files will set it at the next boot. */
export interface SettingMove {
  readonly setting: KernelSetting;
  readonly when: 'now' | 'at boot';
  readonly way: 'weaker' | 'stronger';
  readonly from: string;
  readonly to: string;
}

/** Undefined for what is no setting with an order, and for what is neither weaker nor stronger. */
export function moveOf(change: Change<KernelSettingRow>): SettingMove | undefined {
  if (change.type !== 'changed') return undefined;
  const { before, after } = change;
  const setting = kernelSetting(after.name);
  if (setting === undefined) return undefined;
  const now = compareSafety(setting.safe, before.value, after.value);
  if (now === 'weaker' || now === 'stronger')
    return { setting, when: 'now', way: now, from: before.value, to: after.value };
  // Nothing in the files: the value of now is the best that is known of the next boot.
  const [from, to] = [before.atBoot || before.value, after.atBoot || after.value];
  const later = compareSafety(setting.safe, from, to);
  return later === 'weaker' || later === 'stronger' ? { setting, when: 'at boot', way: later, from, to } : undefined;
}

const FORWARDING = /^net\.ipv[46]\.(?:ip_forward|conf\.all\.forwarding)$/;
const FOLLOWS = /\.(?:accept_redirects|send_redirects|accept_ra)$/;

/** Who makes a host a router changes more: the kernel then sets what routers do with redirects by itself (ip-sysctl). */
export function ofForwarding(name: string): { readonly whole?: readonly string[]; readonly folds?: string } {
  if (FORWARDING.test(name)) return { whole: ['forwarding'] };
  return FOLLOWS.test(name) ? { folds: 'forwarding' } : {};
}

/** A command that shows the setting and where it is set; our own list has the names, so nothing needs a quote but the value. */
export function nextFor({ setting, when, from }: SettingMove): string {
  const { name } = setting;
  return when === 'now' ? `sysctl -w ${name}=${shellQuote(from)}; ${whereSet(name)}` : whereSet(name);
}

/** Which files set it at each boot. */
export function whereSet(name: string): string {
  return `grep -rn -e ${name} /etc/sysctl.conf /etc/sysctl.d /run/sysctl.d /usr/lib/sysctl.d`;
}
