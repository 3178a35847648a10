/** What stands on the made-up server when the day begins, and how a service of it is stopped and started. */

import type { DaySocket, Machine } from './machine.ts';

/** 00:00 of 20 November 2026 in the zone of this process: dpkg.log counts in local time. */
export const MIDNIGHT_MS = new Date(2026, 10, 20).getTime();
/** Epoch milliseconds of a time of that day. */
export const at = (hour: number, minute = 0, second = 0): number =>
  MIDNIGHT_MS + hour * 3_600_000 + minute * 60_000 + second * 1000;

export const service = (unit: string): string => `0::/system.slice/${unit}.service`;

export const udp = (localPort: number, owners: readonly number[], more: Partial<DaySocket> = {}): DaySocket => ({
  protocol: 'udp',
  state: 'UNCONN',
  localAddress: '0.0.0.0',
  localPort,
  owners,
  ...more,
});
export const connection = (owners: readonly number[], localPort: number, remotePort: number, uid = 0): DaySocket => ({
  state: 'ESTAB',
  localAddress: '192.0.2.10',
  localPort,
  remoteAddress: '198.51.100.7',
  remotePort,
  owners,
  uid,
});
export const unix = (path: string, owners: readonly number[], protocol = 'stream'): DaySocket => ({
  family: 'unix',
  protocol,
  state: protocol === 'dgram' ? 'UNCONN' : 'LISTEN',
  path,
  owners,
});
export const netlink = (number: number, portId: number, owners: readonly number[]): DaySocket => ({
  family: 'netlink',
  protocol: 'netlink',
  state: 'UNCONN',
  number,
  portId,
  owners,
  uid: -1,
});

/** A service with its process and its listeners; `uid` is the user it runs as. */
export interface Service {
  readonly name: string;
  readonly exe: string;
  readonly uid: number;
  readonly ports: readonly (readonly [address: string, port: number])[];
  readonly paths?: readonly string[];
}

export const sshd: Service = {
  name: 'ssh',
  exe: '/usr/sbin/sshd',
  uid: 0,
  ports: [
    ['0.0.0.0', 22],
    ['::', 22],
  ],
};
export const nginx: Service = {
  name: 'nginx',
  exe: '/usr/sbin/nginx',
  uid: 0,
  ports: [
    ['0.0.0.0', 80],
    ['::', 80],
    ['0.0.0.0', 443],
    ['::', 443],
  ],
};
export const postgres: Service = {
  name: 'postgresql@17-main',
  exe: '/usr/lib/postgresql/17/bin/postgres',
  uid: 105,
  ports: [
    ['127.0.0.1', 5432],
    ['::1', 5432],
  ],
  paths: ['/run/postgresql/.s.PGSQL.5432'],
};
export const postfix: Service = {
  name: 'postfix@-',
  exe: '/usr/lib/postfix/sbin/master',
  uid: 0,
  ports: [['127.0.0.1', 25]],
  paths: ['cleanup', 'rewrite', 'local', 'smtp', 'bounce'].map((name) => `/var/spool/postfix/private/${name}`),
};

function socketsOf({ ports, paths = [], uid }: Service, owners: readonly number[]): [string, DaySocket][] {
  return [
    ...ports.map(([localAddress, localPort]): [string, DaySocket] => {
      const family = localAddress.includes(':') ? 'inet6' : 'inet';
      return [`${localAddress} ${localPort}`, { family, localAddress, localPort, owners, uid }];
    }),
    ...paths.map((path): [string, DaySocket] => [path, unix(path, owners)]),
  ];
}

export function start(machine: Machine, atMs: number, one: Service, owners: readonly number[]): void {
  for (const pid of owners) {
    const parentPid = pid === owners[0] ? 1 : (owners[0] ?? 1);
    const uid = pid === owners[0] || one !== nginx ? one.uid : 33;
    machine.process(atMs, { pid, parentPid, exe: one.exe, uid, cgroup: service(one.name) });
  }
  for (const [name, socket] of socketsOf(one, owners)) machine.open(atMs, `${one.name} ${name}`, socket);
}

export function stop(machine: Machine, atMs: number, one: Service, owners: readonly number[]): void {
  for (const [name, socket] of socketsOf(one, owners))
    machine.close(atMs, `${one.name} ${name}`, socket.family === 'unix' ? undefined : socket);
  machine.event(atMs + 5, { kind: 'exit', pid: owners[0] ?? 0 });
}

/** Everything that was started at the boot, days ago. */
export function boot(machine: Machine): void {
  const bootMs = MIDNIGHT_MS;
  const old = { startedMs: bootMs - 600_000 };
  const base: readonly (readonly [pid: number, exe: string, unit: string, uid?: number])[] = [
    [1, '/usr/lib/systemd/systemd', 'init.scope'],
    [310, '/usr/lib/systemd/systemd-journald', 'systemd-journald'],
    [330, '/usr/lib/systemd/systemd-udevd', 'systemd-udevd'],
    [520, '/usr/lib/systemd/systemd-timesyncd', 'systemd-timesyncd', 997],
    [540, '/usr/bin/dbus-daemon', 'dbus', 100],
    [560, '/usr/sbin/cron', 'cron'],
    [580, '/usr/sbin/dhclient', 'ifup@eth0'],
    [620, '/usr/bin/containerd', 'containerd'],
    [640, '/usr/sbin/dockerd', 'docker'],
  ];
  for (const [pid, exe, unit, uid = 0] of base)
    machine.process(bootMs, { pid, exe, uid, parentPid: pid === 1 ? 0 : 1, cgroup: service(unit), ...old });
  const open = (name: string, socket: DaySocket): void => machine.open(bootMs, name, socket);
  for (const name of ['notify', 'journal/socket', 'journal/dev-log', 'journal/syslog'])
    open(name, unix(`/run/systemd/${name}`, name === 'notify' ? [1] : [1, 310], 'dgram'));
  for (const name of ['private', 'journal/stdout']) open(name, unix(`/run/systemd/${name}`, [1]));
  open('udev', unix('/run/udev/control', [1, 330], 'seqpacket'));
  open('uevent', netlink(15, 330, [330]));
  open('route 1', netlink(0, 1, [1]));
  open('dbus', unix('/run/dbus/system_bus_socket', [1, 540]));
  open('autobind', unix('@0003f', [520], 'dgram'));
  open('containerd', unix('/run/containerd/containerd.sock', [620]));
  open('docker', unix('/run/docker.sock', [1, 640]));
  open('dhcp udp', udp(68, [580]));
  open('dhcp packet', dhcpPacket);
  start(machine, bootMs, sshd, [700]);
  start(machine, bootMs, nginx, [710, 711, 712]);
  start(machine, bootMs, postgres, [730]);
  start(machine, bootMs, postfix, [750]);
}

/** dhclient takes all frames through its filter. */
export const dhcpPacket: DaySocket = {
  family: 'packet',
  protocol: 'packet',
  state: 'UNCONN',
  number: 3,
  filterInstructions: 11,
  owners: [580],
};
