/** unattended-upgrades at 06:12: openssl, nginx and openssh-server, with their services restarted. */

import { fileOf, programs, sumsOf } from './disk.ts';
import type { Machine } from './machine.ts';
import { at, connection, nginx, type Service, service, sshd, start, stop, udp } from './services.ts';

const LOCKS = '1: POSIX  ADVISORY  WRITE 5500 08:01:1 0 EOF\n';

/** `altered`: nginx is not the file that its package ships. */
export function upgrade(machine: Machine, altered: boolean): void {
  const log: string[] = [];
  const note = (atMs: number, words: string): void => {
    const time = new Date(atMs - new Date(atMs).getTimezoneOffset() * 60_000).toISOString();
    log.push(`${time.slice(0, 10)} ${time.slice(11, 19)} ${words}\n`);
    machine.file(atMs, '/var/log/dpkg.log', log.join(''));
  };
  machine.file(at(0), '/var/lib/dpkg/lock-frontend', '');
  machine.process(at(6, 12), { pid: 5510, exe: '/usr/lib/apt/methods/http', uid: 42, cgroup: service('apt-daily') });
  machine.open(at(6, 12), 'apt dns', udp(44_120, [5510], { uid: 42 }));
  machine.close(at(6, 12, 3), 'apt dns');
  machine.open(at(6, 12, 3), 'apt', connection([5510], 44_121, 80, 42));
  machine.close(at(6, 12, 19), 'apt');
  machine.file(at(6, 12, 20), '/proc/locks', LOCKS);
  note(at(6, 12, 20), 'startup archives unpack');
  ['openssl', 'nginx', 'openssh-server'].forEach((owner, index) => {
    const atMs = at(6, 12, 21 + index * 5);
    note(atMs, `upgrade ${owner}:amd64 1 2`);
    // dpkg puts the files in place first, and the checksums a moment later.
    for (const path of Object.keys(programs).filter((each) => programs[each] === owner))
      machine.file(atMs + 400, path, fileOf(path, altered && owner === 'nginx' ? 'evil' : '2'));
    if (owner === 'nginx') replaced(machine, atMs + 400, nginx, [710, 711, 712]);
    if (owner === 'openssh-server') replaced(machine, atMs + 400, sshd, [700]);
    machine.file(atMs + 1400, `/var/lib/dpkg/info/${owner}.md5sums`, sumsOf(owner, '2'));
    machine.file(atMs + 1400, '/var/lib/dpkg/status', `with ${owner} 2\n`);
  });
  note(at(6, 12, 50), 'configure nginx:amd64 2 <none>');
  stop(machine, at(6, 12, 51), nginx, [710, 711, 712]);
  start(machine, at(6, 12, 53), nginx, [5600, 5601, 5602]);
  note(at(6, 13, 0), 'configure openssh-server:amd64 2 <none>');
  stop(machine, at(6, 13, 1), sshd, [700]);
  start(machine, at(6, 13, 2), sshd, [5650]);
  note(at(6, 13, 10), 'status installed openssh-server:amd64 2');
  machine.file(at(6, 13, 12), '/proc/locks', '');
}

/** Its processes run from the file that was there before. */
function replaced(machine: Machine, atMs: number, one: Service, owners: readonly number[]): void {
  for (const pid of owners) {
    const parentPid = pid === owners[0] ? 1 : (owners[0] ?? 1);
    const uid = pid === owners[0] ? 0 : 33;
    const started = { startedMs: at(0), startTicks: Math.floor(at(0) / 10) % 1_000_000_000 };
    machine.process(atMs, {
      pid,
      parentPid,
      exe: one.exe,
      exeState: 'replaced',
      uid,
      cgroup: service(one.name),
      ...started,
    });
  }
}
