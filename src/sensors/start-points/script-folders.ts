/** Folders whose executables somebody runs: hooks of the network, of login, of sleep, of packages, generators of systemd. */

import { isLeftOver } from '#lib/left-over.ts';
import { entryOf, scriptOf } from './entry.ts';
import type { Family } from './family.ts';
import type { Reading } from './reading.ts';

interface ScriptFolder {
  readonly kind: string;
  readonly folders: readonly string[];
  readonly when: string;
  readonly user?: string;
  /** Names that are run; default: those without a dot at the beginning, ~ or leavings of dpkg. */
  readonly names?: RegExp;
  /** Sourced or run by an interpreter: no executable bit is needed. */
  readonly anyMode?: true;
  /** Folders below it hold scripts as well. */
  readonly deep?: true;
}

const RUN_PARTS = /^[A-Za-z0-9_-]+$/;
const PASSED_OVER = /\.(?:bak|orig)$|^\.|^README/;
const EXECUTABLE = 0o111;

/** deb-kernel hooks (run-parts) and kernel-install(8). */
const KERNEL_HOOKS = [
  ...['pre', 'post'].flatMap((when) => [`${when}inst.d`, `${when}rm.d`, `header_${when}inst.d`, `header_${when}rm.d`]),
  'install.d',
];

const etcRunLib = (name: string): readonly string[] => [
  `/etc/${name}`,
  `/run/${name}`,
  `/usr/local/lib/${name}`,
  `/usr/lib/${name}`,
];

const FOLDERS: readonly ScriptFolder[] = [
  {
    kind: 'systemd generator',
    folders: etcRunLib('systemd/system-generators'),
    when: 'at boot and at each reload of systemd',
  },
  {
    kind: 'systemd generator',
    folders: etcRunLib('systemd/user-generators'),
    when: 'at login and at each reload of the user manager',
    user: 'every user',
  },
  {
    kind: 'systemd generator',
    folders: etcRunLib('systemd/system-environment-generators'),
    when: 'at boot and at each reload of systemd',
  },
  {
    kind: 'systemd generator',
    folders: etcRunLib('systemd/user-environment-generators'),
    when: 'at login',
    user: 'every user',
  },
  {
    kind: 'systemd hook',
    folders: ['/usr/lib/systemd/system-sleep', '/etc/systemd/system-sleep'],
    when: 'before and after sleep',
  },
  {
    kind: 'systemd hook',
    folders: ['/usr/lib/systemd/system-shutdown', '/etc/systemd/system-shutdown'],
    when: 'at shutdown',
  },
  {
    kind: 'network hook',
    folders: [
      '/etc/network/if-pre-up.d',
      '/etc/network/if-up.d',
      '/etc/network/if-down.d',
      '/etc/network/if-post-down.d',
    ],
    when: 'when an interface goes up or down',
    names: RUN_PARTS,
  },
  {
    kind: 'network hook',
    folders: ['/etc/NetworkManager/dispatcher.d', '/usr/lib/NetworkManager/dispatcher.d'],
    when: 'when a connection changes',
    deep: true,
  },
  {
    kind: 'network hook',
    folders: ['/etc/networkd-dispatcher', '/usr/lib/networkd-dispatcher'],
    when: 'when a link changes',
    deep: true,
  },
  {
    kind: 'network hook',
    folders: [
      '/etc/dhcp/dhclient-enter-hooks.d',
      '/etc/dhcp/dhclient-exit-hooks.d',
      '/usr/lib/dhcpcd/dhcpcd-hooks',
      '/lib/dhcpcd/dhcpcd-hooks',
    ],
    when: 'when an address is leased',
    anyMode: true,
  },
  {
    kind: 'network hook',
    folders: ['/etc/ppp/ip-up.d', '/etc/ppp/ip-down.d', '/etc/ppp/ipv6-up.d', '/etc/ppp/ipv6-down.d'],
    when: 'when a dial-up link goes up or down',
    names: RUN_PARTS,
  },
  {
    kind: 'motd script',
    folders: ['/etc/update-motd.d', '/usr/lib/update-motd.d'],
    when: 'at every login',
    names: RUN_PARTS,
  },
  {
    kind: 'resolvconf hook',
    folders: ['/etc/resolvconf/update.d', '/etc/resolvconf/update-libc.d'],
    when: 'when a name server changes',
    names: RUN_PARTS,
  },
  {
    kind: 'kernel hook',
    // What lies beside these in /etc/kernel (cmdline, install.conf) is read, not run: kernel-install(8).
    folders: [
      ...KERNEL_HOOKS.map((name) => `/etc/kernel/${name}`),
      '/usr/lib/kernel/install.d',
      '/usr/share/kernel',
      '/etc/initramfs-tools/hooks',
      '/etc/initramfs-tools/scripts',
      '/etc/initramfs/post-update.d',
      '/etc/grub.d',
    ],
    when: 'when a kernel is installed or the boot files are made',
    deep: true,
  },
  {
    kind: 'X session script',
    folders: ['/etc/X11/Xsession.d', '/etc/X11/xinit/xinitrc.d'],
    when: 'at every graphical login',
    user: 'every user',
    anyMode: true,
  },
  {
    kind: 'power hook',
    folders: ['/etc/acpi', '/etc/acpi/events', '/etc/pm/sleep.d', '/usr/lib/pm-utils/sleep.d', '/etc/apm/event.d'],
    when: 'at a power event',
    anyMode: true,
  },
  {
    kind: 'certificate hook',
    folders: ['/etc/ca-certificates/update.d', '/etc/letsencrypt/renewal-hooks'],
    when: 'when certificates are renewed',
    deep: true,
  },
];

/** Single files that are run. */
const FILES: readonly (readonly [kind: string, path: string, when: string, anyMode?: true])[] = [
  ['network hook', '/etc/dhcp/dhclient-enter-hooks', 'when an address is leased', true],
  ['network hook', '/etc/dhcp/dhclient-exit-hooks', 'when an address is leased', true],
  ['network hook', '/etc/dhcpcd.enter-hook', 'when an address is leased', true],
  ['network hook', '/etc/dhcpcd.exit-hook', 'when an address is leased', true],
  ['rc.local', '/etc/rc.local', 'at boot'],
  ['rc.local', '/etc/rc.d/rc.local', 'at boot'],
  ['SSH login script', '/etc/ssh/sshrc', 'at every SSH login', true],
];

export const scriptFolders: Family = {
  name: 'script folders',
  paths: () => [...FOLDERS.flatMap(({ folders }) => folders), ...FILES.map(([, path]) => path)],
  read(reading) {
    for (const spec of FOLDERS) for (const folder of spec.folders) readFolder(reading, spec, folder, 0);
    for (const [kind, path, when, anyMode] of FILES) {
      if (reading.isFolder(path)) continue;
      readScript(reading, path, {
        kind,
        when,
        ...(anyMode && { anyMode }),
        ...(kind === 'SSH login script' && { user: 'every user' }),
      });
    }
  },
};

const MAX_DEPTH = 3;

function readFolder(reading: Reading, spec: ScriptFolder, folder: string, depth: number): void {
  for (const name of reading.names(folder)) {
    const path = `${folder}/${name}`;
    if (isLeftOver(name) || PASSED_OVER.test(name)) continue;
    if (reading.isFolder(path)) {
      if (spec.deep === true && depth < MAX_DEPTH) readFolder(reading, spec, path, depth + 1);
    } else if (spec.names === undefined || spec.names.test(name)) readScript(reading, path, spec);
  }
}

/** One script. What is no text (a generator in C) counts by its bytes. */
export function readScript(
  reading: Reading,
  path: string,
  spec: Pick<ScriptFolder, 'kind' | 'when' | 'user' | 'anyMode'>,
): void {
  const { kind, when, user = 'root' } = spec;
  reading.read(path, ({ stat, problem, text, real }) => {
    if (real === '/dev/null') return [entryOf({ kind, path, user, when: 'never: it is masked', enabled: false })];
    const runs = spec.anyMode === true || (stat.mode & EXECUTABLE) !== 0;
    return [scriptOf({ kind, path, user, when, text, problem, enabled: problem === '' && runs })];
  });
}
