/** The disk of the made-up server: users, and programs with the packages that ship them. */

import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Package by program. */
export const programs: Readonly<Record<string, string>> = {
  '/usr/lib/systemd/systemd': 'systemd',
  '/usr/lib/systemd/systemd-journald': 'systemd',
  '/usr/lib/systemd/systemd-udevd': 'udev',
  '/usr/lib/systemd/systemd-timesyncd': 'systemd-timesyncd',
  '/usr/bin/dbus-daemon': 'dbus',
  '/usr/sbin/sshd': 'openssh-server',
  '/usr/bin/ssh': 'openssh-client',
  '/usr/sbin/nginx': 'nginx',
  '/usr/lib/postgresql/17/bin/postgres': 'postgresql-17',
  '/usr/lib/postfix/sbin/master': 'postfix',
  '/usr/lib/postfix/sbin/smtp': 'postfix',
  '/usr/lib/postfix/sbin/local': 'postfix',
  '/usr/sbin/dhclient': 'isc-dhcp-client',
  '/usr/sbin/dockerd': 'docker.io',
  '/usr/sbin/docker-proxy': 'docker.io',
  '/usr/bin/containerd': 'containerd',
  '/usr/bin/containerd-shim-runc-v2': 'containerd',
  '/usr/sbin/cron': 'cron',
  '/usr/bin/curl': 'curl',
  '/usr/bin/rsync': 'rsync',
  '/usr/sbin/ip': 'iproute2',
  '/usr/lib/apt/methods/http': 'apt',
  '/usr/bin/openssl': 'openssl',
  '/usr/bin/bash': 'bash',
  '/usr/bin/nc.traditional': 'netcat-traditional',
};

/** Content of a program in a version of its package. */
export const fileOf = (program: string, version: string): string => `\u007fELF ${program} ${version}`;

/** NAME.md5sums of the package that ships `program`, as of that version. */
export function sumsOf(owner: string, version: string): string {
  return programsOf(owner)
    .map((path) => `${createHash('md5').update(fileOf(path, version)).digest('hex')}  ${path.slice(1)}\n`)
    .join('');
}

function programsOf(owner: string): string[] {
  return Object.keys(programs).filter((path) => programs[path] === owner);
}

const PASSWD = `root:x:0:0:root:/root:/bin/bash
www-data:x:33:33::/var/www:/usr/sbin/nologin
_apt:x:42:65534::/nonexistent:/usr/sbin/nologin
systemd-timesync:x:997:997::/:/usr/sbin/nologin
messagebus:x:100:101::/nonexistent:/usr/sbin/nologin
postgres:x:105:110::/var/lib/postgresql:/bin/bash
postfix:x:106:111::/var/spool/postfix:/usr/sbin/nologin
backup:x:34:34::/var/backups:/usr/sbin/nologin
marta:x:1000:1000::/home/marta:/bin/bash
`;

const GROUP = `root:x:0:
www-data:x:33:
sudo:x:27:marta
marta:x:1000:
`;

/** Writes the folder of the captured host, without its timeline. */
export function writeDisk(root: string): void {
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(root + path), { recursive: true });
    writeFileSync(root + path, text);
  };
  put('/etc/hostname', 'web-03\n');
  put('/etc/passwd', PASSWD);
  put('/etc/group', GROUP);
  put('/proc/sys/net/ipv4/ip_local_port_range', '32768\t60999\n');
  put('/var/lib/dpkg/status', 'as installed\n');
  for (const path of Object.keys(programs)) put(path, fileOf(path, '1'));
  for (const owner of new Set(Object.values(programs))) {
    put(`/var/lib/dpkg/info/${owner}.list`, `/.\n${programsOf(owner).join('\n')}\n`);
    put(`/var/lib/dpkg/info/${owner}.md5sums`, sumsOf(owner, '1'));
  }
}
