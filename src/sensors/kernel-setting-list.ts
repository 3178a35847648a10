/**
 * Settings of the kernel that keep an intruder out or let one in: which way is safe, and what the other way allows.
 * docs/sensors/kernel-settings.md shows this list. Sources: Documentation/admin-guide/sysctl, KSPP.
 */

import { sysctlPath } from '#formats/sysctl-conf.ts';
import type { Severity } from '#model/finding.ts';

/** Which of two values is safer: greater, smaller, those of a list from the safest on, or neither (any change tells). */
export type SafeWay = 'greater' | 'smaller' | readonly string[];

export interface KernelSetting {
  readonly name: string;
  readonly safe: SafeWay;
  /** What the weaker value allows, as the rest of a sentence. */
  readonly allows: string;
  readonly severity: Exclude<Severity, 'critical'>;
}

const all: readonly (readonly [name: string, safe: SafeWay, severity: KernelSetting['severity'], allows: string])[] = [
  ['kernel.kptr_restrict', 'greater', 'medium', 'programs read addresses of the kernel, which attacks on it need'],
  ['kernel.dmesg_restrict', 'greater', 'low', 'every user reads the kernel log, with addresses and hardware in it'],
  ['kernel.yama.ptrace_scope', 'greater', 'medium', "a program reads and changes the memory of its user's others"],
  ['kernel.randomize_va_space', 'greater', 'high', 'memory lies where an attack expects it'],
  ['kernel.modules_disabled', 'greater', 'high', 'modules are loaded into the kernel again'],
  ['kernel.unprivileged_bpf_disabled', ['1', '2', '0'], 'high', 'every user loads eBPF programs into the kernel'],
  ['kernel.unprivileged_userns_clone', 'smaller', 'low', 'every user makes namespaces, where many flaws are in reach'],
  ['kernel.kexec_load_disabled', 'greater', 'medium', 'root exchanges the running kernel'],
  ['kernel.perf_event_paranoid', 'greater', 'low', 'users measure the kernel and other programs'],
  ['kernel.sysrq', ['0'], 'low', 'whoever is at the console gives the kernel orders'],
  [
    'kernel.io_uring_disabled',
    'greater',
    'low',
    'more programs use io_uring, which hides what they do from many watches',
  ],
  ['kernel.ftrace_enabled', 'greater', 'medium', 'tracing of functions is off: live patches and watches do not work'],
  ['kernel.core_pipe_limit', 'greater', 'low', 'the kernel does not wait for the program that takes core dumps'],
  ['fs.suid_dumpable', ['0', '2', '1'], 'high', 'programs that ran as another user leave their memory on the disk'],
  ['fs.protected_hardlinks', 'greater', 'medium', "users link to others' files and wait for a program to fall for it"],
  ['fs.protected_symlinks', 'greater', 'medium', 'a link in /tmp leads programs of others astray'],
  ['fs.protected_fifos', 'greater', 'low', 'a pipe in /tmp is opened by programs of others'],
  ['fs.protected_regular', 'greater', 'low', 'a file in /tmp is opened by programs of others'],
  ['vm.mmap_min_addr', 'greater', 'high', 'a null pointer in the kernel becomes a way in'],
  [
    'vm.unprivileged_userfaultfd',
    'smaller',
    'medium',
    'users stop the kernel in the middle of a copy: attacks on it need that',
  ],
  ['vm.legacy_va_layout', 'smaller', 'medium', 'memory lies where an attack expects it'],
  ['vm.memfd_noexec', 'greater', 'low', 'programs run from memory without a file'],
  ['dev.tty.ldisc_autoload', 'smaller', 'low', 'users load old drivers of terminals into the kernel'],
  ['dev.tty.legacy_tiocsti', 'smaller', 'medium', 'a program types into the terminal of who started it'],
  ['net.core.bpf_jit_harden', 'greater', 'low', 'eBPF programs carry attack code that the kernel translates as it is'],
  ['net.ipv4.ip_forward', 'smaller', 'medium', 'this host passes packets on between networks'],
  ['net.ipv6.conf.all.forwarding', 'smaller', 'medium', 'this host passes packets on between networks'],
  ['net.ipv4.conf.all.rp_filter', ['1', '2', '0'], 'low', 'packets with a forged sender come in'],
  ['net.ipv4.conf.default.rp_filter', ['1', '2', '0'], 'low', 'packets with a forged sender come in on new interfaces'],
  ['net.ipv4.conf.all.accept_redirects', 'smaller', 'medium', 'others on the network change where packets go'],
  ['net.ipv4.conf.default.accept_redirects', 'smaller', 'low', 'others on the network change where packets go'],
  ['net.ipv6.conf.all.accept_redirects', 'smaller', 'medium', 'others on the network change where packets go'],
  ['net.ipv4.conf.all.secure_redirects', 'smaller', 'low', 'gateways change where packets go'],
  ['net.ipv4.conf.all.send_redirects', 'smaller', 'low', 'this host tells others to change their routes'],
  [
    'net.ipv4.conf.all.accept_source_route',
    'smaller',
    'medium',
    'the sender says which way its packets and the answers take',
  ],
  [
    'net.ipv6.conf.all.accept_source_route',
    'smaller',
    'medium',
    'the sender says which way its packets and the answers take',
  ],
  [
    'net.ipv4.conf.all.route_localnet',
    'smaller',
    'high',
    'services that listen on loopback only can be reached from outside',
  ],
  ['net.ipv4.conf.all.log_martians', 'greater', 'low', 'packets with impossible senders are not logged'],
  ['net.ipv4.icmp_echo_ignore_broadcasts', 'greater', 'low', 'this host answers pings to everybody and helps floods'],
  ['net.ipv4.tcp_syncookies', 'greater', 'medium', 'a flood of connection requests stops services'],
];

/** Settings with an order of safety. */
export const kernelSettings: readonly KernelSetting[] = all.map(([name, safe, severity, allows]) => ({
  name,
  safe,
  severity,
  allows,
}));

/** Settings whose value is a program that the kernel starts as root: the way in that no process list explains. */
export const kernelHelpers: readonly { readonly name: string; readonly path: string; readonly runs: string }[] = [
  { name: 'kernel.core_pattern', path: '/proc/sys/kernel/core_pattern', runs: 'when a program crashes' },
  { name: 'kernel.modprobe', path: '/proc/sys/kernel/modprobe', runs: 'when the kernel wants a module' },
  { name: 'kernel.hotplug', path: '/proc/sys/kernel/hotplug', runs: 'when a device comes or goes' },
  { name: 'kernel.uevent_helper', path: '/sys/kernel/uevent_helper', runs: 'when a device comes or goes' },
  {
    name: 'kernel.poweroff_cmd',
    path: '/proc/sys/kernel/poweroff_cmd',
    runs: 'when the machine is to be switched off',
  },
];

/** Settings and helpers with the file that holds their value now. */
export const livePaths: readonly { readonly name: string; readonly path: string }[] = [
  ...kernelSettings.map(({ name }) => ({ name, path: `/proc/sys/${sysctlPath(name)}` })),
  ...kernelHelpers.map(({ name, path }) => ({ name, path })),
];

const byName = new Map(kernelSettings.map((setting) => [setting.name, setting]));

export function kernelSetting(name: string): KernelSetting | undefined {
  return byName.get(name);
}

/** How the second value is against the first: `other` where neither is known to be safer. */
export function compareSafety(safe: SafeWay, before: string, after: string): 'weaker' | 'stronger' | 'same' | 'other' {
  if (before === after) return 'same';
  if (typeof safe !== 'string') return byRank(safe, before, after);
  const [a, b] = [Number(before), Number(after)];
  if (before === '' || after === '' || !Number.isFinite(a) || !Number.isFinite(b)) return 'other';
  if (a === b) return 'same';
  return b > a === (safe === 'greater') ? 'stronger' : 'weaker';
}

/** What the list does not name comes after all that it names. */
function byRank(safe: readonly string[], before: string, after: string): 'weaker' | 'stronger' | 'other' {
  const rank = (value: string): number => (safe.includes(value) ? safe.indexOf(value) : safe.length);
  if (rank(before) === rank(after)) return 'other';
  return rank(after) < rank(before) ? 'stronger' : 'weaker';
}
