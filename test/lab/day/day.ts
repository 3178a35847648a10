/** A day of an ordinary Debian server as a captured host: what happens on it is the list of calls in `writeDay`. */

import { writeFileSync } from 'node:fs';
import { idOf, startContainer, stopContainer } from './container.ts';
import { writeDisk } from './disk.ts';
import { Machine } from './machine.ts';
import {
  at,
  boot,
  connection,
  dhcpPacket,
  MIDNIGHT_MS,
  netlink,
  nginx,
  postgres,
  service,
  start,
  stop,
  udp,
  unix,
} from './services.ts';
import { upgrade } from './upgrade.ts';

/** What somebody did to this server beside. */
export interface Planted {
  /** www-data runs nc on every address at 02:14, for 300 ms. */
  readonly listener?: boolean;
  /** The file of nginx is exchanged while apt runs. */
  readonly altered?: boolean;
}

/** Last moment of the day. */
export const END_MS = MIDNIGHT_MS + 86_400_000;

/** Writes folder and timeline at `root`. */
export function writeDay(root: string, planted: Planted = {}): void {
  writeDisk(root);
  const machine = new Machine();
  boot(machine);
  const first = { pid: 3000, id: idOf('4c01db0b339c'), namespace: 4_026_532_100, randomPort: 41_233 };
  startContainer(machine, MIDNIGHT_MS, first);
  cron(machine);
  clients(machine);
  backup(machine);
  if (planted.listener === true) plant(machine);
  stop(machine, at(3, 30), postgres, [730]);
  start(machine, at(3, 30, 4), postgres, [4730]);
  stopContainer(machine, at(4, 10), first);
  startContainer(machine, at(4, 10, 12), {
    pid: 4800,
    id: idOf('99ab12cd34ef'),
    namespace: 4_026_532_177,
    randomPort: 38_007,
  });
  upgrade(machine, planted.altered === true);
  for (const hour of [7, 19]) renewLease(machine, at(hour, 1));
  reload(machine);
  login(machine, at(9, 12), '12', 'XXk3JdWm');
  login(machine, at(16, 40), '13', 'XXp0Qa7z');
  machine.file(END_MS, '/var/lib/logrotate/status', 'rotated');
  writeFileSync(`${root}/timeline.jsonl`, machine.text());
}

/** Every five minutes a job that asks the DNS and fetches something, and mails what it says. */
function cron(machine: Machine): void {
  for (let job = 1; job < 288; job += 1) {
    const atMs = MIDNIGHT_MS + job * 300_000 + 1000;
    const pid = 10_000 + job * 4;
    machine.process(atMs, { pid, parentPid: 560, exe: '/usr/bin/curl', cgroup: service('cron') });
    machine.open(atMs, 'cron dns', udp(33_000 + ((job * 7919) % 27_000), [pid]));
    machine.open(atMs, 'cron https', connection([pid], 34_000 + job, 443));
    machine.close(atMs + 8_000, 'cron dns');
    machine.close(atMs + 8_000, 'cron https');
    machine.event(atMs + 8_001, { kind: 'exit', pid });
    if (job % 12 !== 0) continue;
    machine.process(atMs + 9_000, {
      pid: pid + 1,
      parentPid: 750,
      exe: '/usr/lib/postfix/sbin/local',
      uid: 106,
      cgroup: service('postfix@-'),
    });
    machine.open(atMs + 9_000, 'postfix@- /var/spool/postfix/private/local', {
      ...unix('/var/spool/postfix/private/local', [750, pid + 1]),
    });
    machine.process(atMs + 9_000, { pid: pid + 2, parentPid: 1, exe: '/usr/sbin/ip', cgroup: service('cron') });
    machine.open(atMs + 9_000, 'ip', netlink(0, pid + 2, [pid + 2]));
    machine.close(atMs + 19_500, 'ip');
  }
}

/** Browsers at nginx, questions of nginx and postgres to the DNS, the time by NTP, short names of datagram sockets. */
function clients(machine: Machine): void {
  for (let minute = 2; minute < 1440; minute += 6) {
    const atMs = MIDNIGHT_MS + minute * 60_000 + 20_000;
    const worker = atMs < at(6, 12, 50) ? 711 : 5601;
    machine.open(atMs, 'visitor', { ...connection([worker], 443, 50_000 + minute, 33) });
    machine.open(atMs, 'upstream dns', udp(35_000 + ((minute * 6089) % 25_000), [worker], { uid: 33 }));
    machine.open(atMs, 'ntp', { ...udp(36_000 + minute, [520], { uid: 997 }), state: 'ESTAB', remotePort: 123 });
    const autobind = `@${(0x1000 + minute).toString(16).padStart(5, '0')}`;
    machine.open(atMs, 'logger', unix(autobind, [worker], 'dgram'));
    // Some answers take longer than it takes until the next look or two.
    const endMs = atMs + 2_000 + (minute % 5) * 11_000;
    for (const name of ['visitor', 'upstream dns', 'ntp', 'logger']) machine.close(endMs, name);
  }
}

function backup(machine: Machine): void {
  const cgroup = service('backup');
  machine.process(at(1, 30), { pid: 2500, exe: '/usr/bin/rsync', uid: 34, cgroup });
  machine.process(at(1, 30), { pid: 2501, parentPid: 2500, exe: '/usr/bin/ssh', uid: 34, cgroup });
  machine.open(at(1, 30), 'backup dns', udp(51_515, [2501], { uid: 34 }));
  machine.close(at(1, 30, 2), 'backup dns');
  machine.open(at(1, 30, 2), 'backup', connection([2501], 51_516, 22, 34));
  machine.close(at(1, 52), 'backup');
}

/** nginx -s reload: other workers, the same listeners. */
function reload(machine: Machine): void {
  const atMs = at(8, 0, 30);
  for (const pid of [5701, 5702])
    machine.process(atMs, { pid, parentPid: 5600, exe: nginx.exe, uid: 33, cgroup: service('nginx') });
  for (const [localAddress, localPort] of nginx.ports)
    machine.open(atMs, `nginx ${localAddress} ${localPort}`, {
      family: localAddress === '::' ? 'inet6' : 'inet',
      localAddress,
      localPort,
      owners: [5600, 5701, 5702],
    });
}

function renewLease(machine: Machine, atMs: number): void {
  machine.close(atMs, 'dhcp packet');
  machine.open(atMs + 1_500, 'dhcp packet', dhcpPacket);
}

/** An administrator for two hours: agent and X11 forwarded, a user manager with its sockets, a tunnel. */
function login(machine: Machine, atMs: number, session: string, random: string): void {
  const pid = Number(session) * 1000 + 50_000;
  const scope = `0::/user.slice/user-1000.slice/session-${session}.scope`;
  const manager = '0::/user.slice/user-1000.slice/user@1000.service';
  machine.process(atMs, { pid, parentPid: 5650, exe: '/usr/sbin/sshd', uid: 1000, cgroup: scope });
  machine.process(atMs, {
    pid: pid + 1,
    exe: '/usr/lib/systemd/systemd',
    uid: 1000,
    cgroup: `${manager}/init.scope`,
  });
  machine.process(atMs + 500, {
    pid: pid + 2,
    parentPid: pid,
    exe: '/usr/bin/ssh',
    uid: 1000,
    cgroup: scope,
  });
  const opened: string[] = [];
  const open = (path: string, owner: number, protocol?: string): void => {
    opened.push(`login ${path}`);
    machine.open(atMs + 300, `login ${path}`, unix(path, [owner], protocol));
  };
  for (const name of ['bus', 'systemd/private', 'gnupg/S.gpg-agent', 'gnupg/S.dirmngr'])
    open(`/run/user/1000/${name}`, pid + 1);
  open('/run/user/1000/systemd/notify', pid + 1, 'dgram');
  open(`/tmp/ssh-${random}/agent.${pid}`, pid);
  const x11 = { localAddress: '127.0.0.1', localPort: 6010, owners: [pid], uid: 1000 };
  const tunnel = { localAddress: '127.0.0.1', localPort: 8443, owners: [pid + 2], uid: 1000 };
  machine.open(atMs + 300, 'x11', x11);
  machine.open(atMs + 600_000, 'tunnel', tunnel);
  machine.close(atMs + 3_600_000, 'tunnel', tunnel);
  machine.close(atMs + 7_200_000, 'x11', x11);
  for (const name of opened) machine.close(atMs + 7_200_000, name);
}

function plant(machine: Machine): void {
  const atMs = at(2, 14);
  machine.process(atMs - 40, { pid: 2700, parentPid: 711, exe: '/usr/bin/bash', uid: 33, cgroup: service('nginx') });
  machine.process(atMs, {
    pid: 2701,
    parentPid: 2700,
    exe: '/usr/bin/nc.traditional',
    comm: 'nc',
    cmdline: 'nc -l -p 4444 -e /bin/sh',
    uid: 33,
    cgroup: service('nginx'),
  });
  const door = { localAddress: '0.0.0.0', localPort: 4444, owners: [2701], uid: 33 };
  machine.open(atMs, 'nc', door);
  machine.close(atMs + 300, 'nc', door);
}
