/** Calls itself what it is not: a thread of the kernel, or a program of the system. */

import { isInterpreterName } from '#formats/script-of.ts';
import { isFailure } from '#model/host.ts';
import { resolvePath } from '../resolve-path.ts';
import type { Sign, Suspect } from './sign.ts';

/** Names of the kernel's threads; kernel/kthread.c and those who call kthread_create(). */
const KERNEL_NAME =
  /^\[?(?:kworker\/|ksoftirqd\/|kthreadd|migration\/|rcu_|rcuop\/|rcuos\/|kswapd\d|khugepaged|kauditd|kdevtmpfs\]?$|kblockd|jbd2\/|ext4-rsv|xfs[-_]|btrfs-|kcompactd\d|cpuhp\/|watchdog\/|watchdogd|irq\/\d|scsi_eh_|scsi_tmf_|oom_reaper|writeback|ksmd|md\d+_|kintegrityd|kthrotld|devfreq_wq|zswap|nfsd\]?$|lockd\]?$|idle_inject\/|ata_sff|kstrp|charger_manager|inet_frag_wq|mm_percpu_wq|slub_flushwq|netns\]?$|kvm-|edac-poller|acpi_thermal_pm|ipv6_addrconf|khungtaskd|perf\]?$)/;
const BRACKETS = /^\[[^\]]{1,64}\]$/;

/** Programs of the system whose name is a good hiding place. */
const SYSTEM = new Set(
  'systemd init sshd sshd-session cron crond atd dbus-daemon rsyslogd syslogd agetty getty login udevd systemd-udevd systemd-journald systemd-logind systemd-networkd systemd-resolved systemd-timesyncd auditd polkitd NetworkManager chronyd ntpd apache2 httpd nginx mysqld mariadbd postgres dhclient snapd containerd dockerd irqbalance accounts-daemon udisksd cupsd avahi-daemon master qmgr'.split(
    ' ',
  ),
);
/** Where programs of the system lie by their names. */
const PLACES = ['/usr/sbin', '/usr/bin', '/sbin', '/bin', '/usr/lib/systemd', '/lib/systemd', '/usr/libexec'];
const SYSTEM_PLACES = /^\/(?:usr\/)?(?:s?bin|lib|lib64|libexec)\//;

/** `kernel name` or `other name`, with the name that it uses. */
export function nameSigns(suspect: Suspect): Sign[] {
  const { process } = suspect;
  // Only what can be seen to run a file is held to its name.
  if (process.exe === '') return [];
  const argument = process.cmdline.trimEnd();
  const [first = ''] = argument.split(' ', 1);
  if (BRACKETS.test(argument)) return [{ sign: 'kernel name', value: stable(argument) }];
  const kernel = [first, process.comm].find((one) => KERNEL_NAME.test(one) && !isNamedSo(suspect, one));
  if (kernel !== undefined) return [{ sign: 'kernel name', value: stable(kernel) }];
  const name = falseName(suspect);
  return name === '' ? [] : [{ sign: 'other name', value: name }];
}

/** Programs that people build themselves and whose names begin like those of threads. */
const TOOL = /^(?:perf|xfs_[a-z]+|btrfs-[a-z-]+)$/;

/** perf, xfs_repair, watchdogd: it is called so by its file, as its package or its makers want it. */
function isNamedSo(suspect: Suspect, name: string): boolean {
  const { process, program } = suspect;
  const isOwn = baseOf(process.exe) === name;
  if (isOwn && TOOL.test(name)) return true;
  return program().packageState === 'packaged' && (isOwn || isItself(suspect, name));
}

/** What fits into comm beside a bracket. */
const SHORT = 14;

/**
 * "[kworker/0:1-events]" → "kworker/*:*": a number in it is no identity. Whoever sets both its name (which the kernel cuts)
 * and its arguments is told once, whichever of the two is seen first.
 */
function stable(name: string): string {
  const short = name.replaceAll(/^\[|\]$/g, '').slice(0, SHORT);
  return short.replace(/^(kworker\/[^-]*)-.*$/, '$1').replaceAll(/\d+/g, '*');
}

function falseName(suspect: Suspect): string {
  const { process, program } = suspect;
  const argument = argumentOf(process);
  const own = baseOf(process.exe);
  const isOther = (name: string): boolean => SYSTEM.has(name) && (own !== name || !SYSTEM_PLACES.test(process.exe));
  // A script lends its own name to the process that runs it.
  const names = [argument, process.comm].filter((name) => isOther(name) && baseOf(process.script) !== name);
  const [name] = names;
  // Only then is it asked what the program is: that looks at files.
  if (name === undefined) return '';
  const { packageState } = program();
  // In a container the packages cannot be asked: what is called so there may well be it.
  if (packageState === 'unknown') return '';
  if (packageState !== 'packaged') return name;
  // Its own name is its package's choice, wherever that put it (a snap).
  return names.find((one) => one !== own && !isItself(suspect, one)) ?? '';
}

/** A packaged program under a name of its own: a link to it (/sbin/init), or a sibling of the same package. */
function isItself({ host, process }: Suspect, name: string): boolean {
  const [first = ''] = process.cmdline.split(' ', 1);
  const given = first.startsWith('/') && baseOf(first) === name ? [first] : [];
  // The interpreter's package vouches for no script.
  const owner = isInterpreterName(process.exe) ? '' : host.packages.ownerOf(process.exe);
  return [...given, ...PLACES.map((place) => `${place}/${name}`)].some((path) => {
    if (isFailure(host.files.stat(path))) return false;
    const real = resolvePath(host.files, path);
    return real === process.exe || (owner !== '' && host.packages.ownerOf(real) === owner);
  });
}

/** What it calls itself on its command line: "-login" is a shell's, "nginx: worker" a title. */
function argumentOf({ cmdline }: Suspect['process']): string {
  return baseOf(cmdline.split(' ', 1)[0] ?? '')
    .replace(/^-/, '')
    .replace(/:$/, '');
}

function baseOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
