/** Which files are watched for every change, which are only looked at for odd rights, and which change all the time. */

import type { FileEventKind } from '#model/host.ts';
import type { FileSettings } from '#model/integrity.ts';

/** Every file below these is a row. */
const WATCHED = [
  '/etc',
  '/boot',
  '/usr/local/bin',
  '/usr/local/sbin',
  '/usr/local/lib',
  '/usr/local/etc',
  '/var/spool/cron',
  '/root/.ssh',
  '/root/.config/systemd',
  '/root/.config/autostart',
  '/usr/lib/modprobe.d',
  '/usr/lib/modules-load.d',
  '/usr/lib/sysctl.d',
];
/** Of these folders the entries themselves; "dot": those that begin with a dot. */
const FLAT: readonly (readonly [folder: string, which: 'dot' | 'all'])[] = [['/root', 'dot']];

/** Where a new program, setuid bit or hidden name is heard of at once. Elsewhere the next walk finds it. */
const HEARD = ['/usr', '/opt', '/srv', '/home', '/root', '/tmp', '/var/tmp', '/var/www', '/dev/shm', '/run'];

/** So busy that only changes of rights are heard of there: a new setuid bit, a file that everyone may write. */
const HEARD_RIGHTS = ['/var'];

/** Everyone may write there: no place for programs. */
export const OPEN_PLACES = ['/tmp', '/var/tmp', '/dev/shm', '/run'];

/** What belongs to the system: nobody else may change it. */
const SYSTEM = ['/etc', '/usr', '/boot', '/opt', '/root', '/var/spool/cron', '/lib', '/lib64', '/bin', '/sbin'];

/** Files below watched folders that change or grow by themselves. Their rights are looked at all the same. */
const GROWING = [
  /\.(?:log|pid|lock|journal|sqlite3?|db)(?:[.-].*)?$/,
  /(?:~|\.sw[a-p]|\.dpkg-(?:new|tmp)|\.ucf-(?:new|tmp)|\.tmp)$/,
  /^\/etc\/(?:adjtime|mtab|\.pwd\.lock|blkid\.tab.*|lvm\/(?:archive|backup|cache)\/.*|cups\/subscriptions\.conf.*)$/,
  /^\/etc\/(?:\.git|\.etckeeper|network\/run|alternatives\.tmp)(?:\/.*)?$/,
  /^\/root\/\.ssh\/known_hosts(?:\.old)?$/,
  /^\/root\/\.(?:[a-z]*_?history|lesshst|viminfo|wget-hsts|Xauthority|cache|local|npm|cargo|rustup)$/,
  /^\/boot\/grub\/grubenv$/,
  /^\/var\/spool\/cron\/(?:atjobs\/\.SEQ|atspool\/.*)$/,
];

/** Files of which another table tells what a change means; its alert comes first and takes the difference in. */
const TOLD_ELSEWHERE =
  /^\/(?:etc\/(?:passwd|group|g?shadow|sub[ug]id|sudoers|doas\.conf|pam\.|security\/|ssh\/|hosts|resolv\.conf|nsswitch\.conf|host\.conf|gai\.conf|ld\.so\.|cron|anacrontab|at\.|systemd\/|init\.d\/|rc|inetd\.conf|xinetd|udev\/|modprobe\.d\/|modules|python|gitconfig|binfmt\.d\/|profile|bash\.bashrc|zsh|environment|apt\/|dpkg\/|update-motd\.d\/|xdg\/autostart\/|sysctl|fstab|ssl\/|ca-certificates|network\/|polkit-1\/|default\/grub|inittab|dhcp\/|logrotate|rsyslog|aliases|NetworkManager\/|nftables|iptables|ufw\/)|root\/|var\/spool\/cron|boot\/)/;

/** Names of containers' images and the like hold files of other systems. */
const OTHER_SYSTEMS = [
  '/var/lib/docker',
  '/var/lib/containers',
  '/var/lib/containerd',
  '/var/lib/kubelet',
  '/var/lib/lxc',
  '/var/lib/lxd',
  '/var/lib/machines',
  '/var/lib/snapd',
  '/var/lib/flatpak',
  '/snap',
  '/proc',
  '/sys',
  '/run/user',
];

export interface Places {
  /** Roots whose every file is a row. */
  readonly roots: readonly string[];
  readonly flat: readonly (readonly [folder: string, which: 'dot' | 'all'])[];
  /** What to hear of. */
  readonly heard: readonly string[];
  /** What happened there is for us: of some places only changes of rights are. */
  hears(path: string, kind: FileEventKind): boolean;
  watches(path: string): boolean;
  /** Not walked, not told. */
  ignores(path: string): boolean;
}

/** The usual places with what the settings add and take away. */
export function placesOf({ watch, ignore }: Pick<FileSettings, 'watch' | 'ignore'>): Places {
  const roots = [...WATCHED, ...watch];
  const heard = [...new Set([...HEARD, ...roots])];
  return {
    roots,
    flat: FLAT,
    heard: [...new Set([...heard, ...HEARD_RIGHTS])],
    hears: (path, kind) => kind === 'attributes' || !isBelowAny(path, HEARD_RIGHTS) || isBelowAny(path, heard),
    watches: (path) => isBelowAny(path, roots) || FLAT.some(([folder, which]) => isFlat(path, folder, which)),
    ignores: (path) => isBelowAny(path, ignore) || isBelowAny(path, OTHER_SYSTEMS),
  };
}

/** Changes by itself, so its content is no news. */
export function grows(path: string): boolean {
  return GROWING.some((pattern) => pattern.test(path));
}

export function isToldElsewhere(path: string): boolean {
  return TOLD_ELSEWHERE.test(path);
}

export function isSystem(path: string): boolean {
  return isBelowAny(path, SYSTEM);
}

export function isInOpenPlace(path: string): boolean {
  return isBelowAny(path, OPEN_PLACES);
}

/** The path itself counts as well. */
export function isBelowAny(path: string, folders: readonly string[]): boolean {
  return folders.some(
    (folder) => path.startsWith(folder) && (path.length === folder.length || path.charAt(folder.length) === '/'),
  );
}

function isFlat(path: string, folder: string, which: 'dot' | 'all'): boolean {
  if (!path.startsWith(`${folder}/`)) return false;
  const name = path.slice(folder.length + 1);
  return !name.includes('/') && (which === 'all' || name.startsWith('.'));
}
