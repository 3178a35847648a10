/**
 * Names made stable: what a program draws anew at each start (numbers, random parts, hashes) becomes "*", so that a
 * restart is not news. The tables below are the whole of it; docs/formats/identity.md shows them to people.
 */

/** A line of a table: what is replaced, by what, and one example that the test and the page hold it to. */
export interface NameRule {
  readonly pattern: RegExp;
  readonly to: string;
  readonly from: string;
  readonly becomes: string;
}

const rule = (pattern: RegExp, to: string, from: string, becomes: string): NameRule => ({ pattern, to, from, becomes });

// Patterns have no nested repeats, and what is matched is cut to MAX_LENGTH first: names come from attackers.
const UUID = /(?<![0-9a-f])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-f])/gi;
const LONG_HEX = /(?<![0-9a-z])[0-9a-f]{16,128}(?![0-9a-z])/gi;
const MAX_LENGTH = 4096;

/** Units and scopes of systemd and of container engines; the first two lines hold for every name. */
export const unitRules: readonly NameRule[] = [
  rule(UUID, '*', 'vte-spawn-1b4e28ba-2fa1-11d2-883f-0016d3cca427.scope', 'vte-spawn-*.scope'),
  rule(
    LONG_HEX,
    '*',
    'docker-4c01db0b339c4c01db0b339c4c01db0b339c4c01db0b339c4c01db0b339c4c01.scope',
    'docker-*.scope',
  ),
  rule(/^session-c?\d+\.scope$/, 'session-*.scope', 'session-12.scope', 'session-*.scope'),
  rule(/^run-[ru][0-9a-f]+\.(scope|service)$/, 'run-*.$1', 'run-r3b1f.scope', 'run-*.scope'),
  rule(/^run-p\d+-i\d+\.(scope|service)$/, 'run-*.$1', 'run-p812-i99.service', 'run-*.service'),
  rule(/^run-\d+\.(scope|service)$/, 'run-*.$1', 'run-4711.scope', 'run-*.scope'),
  rule(/^user@\d+\.service/, 'user@*.service', 'user@1000.service', 'user@*.service'),
  rule(/^user-\d+\.slice$/, 'user-*.slice', 'user-1000.slice', 'user-*.slice'),
  rule(
    /^(app-.+?)[-@][0-9a-f]+\.(scope|service)$/,
    '$1-*.$2',
    'app-gnome-firefox-3312.scope',
    'app-gnome-firefox-*.scope',
  ),
  rule(/^(sshd?)@\d.*\.service$/, '$1@*.service', 'ssh@7-10.0.0.1:22-10.0.0.9:5022.service', 'ssh@*.service'),
  rule(
    /^(.+)@\d+-\d+-\d+[-_0-9]*\.service$/,
    '$1@*.service',
    'systemd-coredump@0-812-0.service',
    'systemd-coredump@*.service',
  ),
  rule(
    /^dbus-:[\d.]+-(.+)@\d+\.service$/,
    'dbus-:*-$1@*.service',
    'dbus-:1.2-org.x@0.service',
    'dbus-:*-org.x@*.service',
  ),
  rule(
    /^machine-qemu\\x2d\d+\\x2d(.+)$/,
    String.raw`machine-qemu\x2d*\x2d$1`,
    String.raw`machine-qemu\x2d3\x2dweb.scope`,
    String.raw`machine-qemu\x2d*\x2dweb.scope`,
  ),
  rule(
    /-pod[0-9a-f][0-9a-f_-]{30,40}\.slice$/,
    '-pod*.slice',
    'kubepods-pod1b4e28ba-2fa1-11d2-883f-0016d3cca427.slice',
    'kubepods-pod*.slice',
  ),
];

/** Paths of Unix sockets ("@name" is abstract). */
export const socketPathRules: readonly NameRule[] = [
  rule(
    UUID,
    '*',
    '/run/user/1000/vscode-ipc-1b4e28ba-2fa1-11d2-883f-0016d3cca427.sock',
    '/run/user/*/vscode-ipc-*.sock',
  ),
  rule(LONG_HEX, '*', '/run/containerd/s/4c01db0b339c4c01db0b339c4c01db0b', '/run/containerd/s/*'),
  rule(/^@[0-9a-f]{5}$/, '@*', '@0003f', '@*'),
  rule(/^(\/var)?\/run\/user\/\d+\//, '/run/user/*/', '/run/user/1000/bus', '/run/user/*/bus'),
  rule(
    /^(@?\/tmp)\/ssh-[^/]+\/agent\.\d+$/,
    '$1/ssh-*/agent.*',
    '/tmp/ssh-XXabCdEfGh/agent.4711',
    '/tmp/ssh-*/agent.*',
  ),
  rule(/^(.*\/\.ssh\/agent)\/[^/]+$/, '$1/*', '/home/marta/.ssh/agent/s.k3Jd.agent.9fK2', '/home/marta/.ssh/agent/*'),
  rule(/^(@?\/tmp)\/dbus-[A-Za-z0-9]{6,12}$/, '$1/dbus-*', '@/tmp/dbus-k2LmNoPq', '@/tmp/dbus-*'),
  rule(
    /\/systemd-private-[^/]+-([a-zA-Z0-9@_.\\-]+\.service)-[A-Za-z0-9]{6}\//,
    '/systemd-private-*-$1-*/',
    '/tmp/systemd-private-4c01db0b339c4c01db0b339c4c01db0b-chrony.service-k2LmNo/s',
    '/tmp/systemd-private-*-chrony.service-*/s',
  ),
  rule(/(\/S-[^/]+)\/\d+\.[^/]+$/, '$1/*', '/run/screen/S-marta/4711.pts-0.web-03', '/run/screen/S-marta/*'),
  rule(/\/pulse-[A-Za-z0-9]{8,16}\//, '/pulse-*/', '/tmp/pulse-PKdhtXMmr18n/native', '/tmp/pulse-*/native'),
  rule(
    /\/(\.?(?:org|com)\.(?:chromium\.Chromium|google\.Chrome))\.[A-Za-z0-9]{6}\//,
    '/$1.*/',
    '/tmp/.org.chromium.Chromium.k2LmNo/SingletonSocket',
    '/tmp/.org.chromium.Chromium.*/SingletonSocket',
  ),
  rule(
    /\/pymp-[^/]+\/listener-[^/]+$/,
    '/pymp-*/listener-*',
    '/tmp/pymp-8skd_2aa/listener-k3l2m1n0',
    '/tmp/pymp-*/listener-*',
  ),
  rule(
    /\/domain-\d+-/,
    '/domain-*-',
    '/var/lib/libvirt/qemu/domain-12-web/monitor.sock',
    '/var/lib/libvirt/qemu/domain-*-web/monitor.sock',
  ),
  rule(
    /\/gnupg\/d\.[a-z0-9]+\//,
    '/gnupg/d.*/',
    '/run/user/1000/gnupg/d.ka8e1x/S.gpg-agent',
    '/run/user/*/gnupg/d.*/S.gpg-agent',
  ),
  rule(/\/wpa_ctrl_\d+-\d+$/, '/wpa_ctrl_*', '/run/wpa_ctrl_4711-1', '/run/wpa_ctrl_*'),
  rule(
    /(?<=^@?(?:\/tmp|\/var\/tmp|\/dev\/shm|\/run\/user\/\*)\/.{0,128})(?<!PGSQL)([-._/])\d{2,10}(?=$|[-._/])/g,
    '$1*',
    '/tmp/tsx-0/4711.pipe',
    '/tmp/tsx-0/*.pipe',
  ),
];

/** Paths of executables whose directory carries a version of the store that holds them. */
export const exePathRules: readonly NameRule[] = [
  rule(UUID, '*', '/opt/agent/1b4e28ba-2fa1-11d2-883f-0016d3cca427/run', '/opt/agent/*/run'),
  rule(
    LONG_HEX,
    '*',
    '/home/marta/.vscode-server/bin/4c01db0b339c4c01db0b339c4c01db0b/node',
    '/home/marta/.vscode-server/bin/*/node',
  ),
  rule(
    /^(\/var\/lib\/snapd)?\/snap\/([^/]+)\/x?\d+\//,
    '/snap/$2/*/',
    '/snap/lxd/24061/bin/lxd',
    '/snap/lxd/*/bin/lxd',
  ),
  rule(
    /^\/nix\/store\/[0-9a-z]{32}-/,
    '/nix/store/*-',
    '/nix/store/0123456789abcdfghijklmnpqrsvwxyz-nginx/bin/nginx',
    '/nix/store/*-nginx/bin/nginx',
  ),
  rule(/^\/tmp\/\.mount_[A-Za-z0-9_-]+\//, '/tmp/.mount_*/', '/tmp/.mount_Joplin3kd9Xa/joplin', '/tmp/.mount_*/joplin'),
];

function apply(rules: readonly NameRule[], name: string): string {
  let stable = name.length > MAX_LENGTH ? name.slice(0, MAX_LENGTH) : name;
  for (const { pattern, to } of rules) stable = stable.replace(pattern, to);
  return stable;
}

/** "session-12.scope" → "session-*.scope"; names without random parts stay as they are. */
export function stableUnit(unit: string): string {
  return apply(unitRules, unit);
}

/** "/tmp/pulse-PKdhtXMmr18n/native" loses its random part; "@0003f" (autobind) → "@*". */
export function stableSocketPath(path: string): string {
  return apply(socketPathRules, path);
}

/** "/snap/lxd/24061/bin/lxd" loses its revision; ordinary paths stay as they are. */
export function stableExePath(path: string): string {
  return apply(exePathRules, path);
}
