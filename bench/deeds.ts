/**
 * From what an intruder does to the first line about it in the alert file: forty deeds one after another on an overlay of
 * this machine, each told by an event of the kernel. The clock starts before the shell that does it reads its line.
 */

import { readFileSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeOverlaySite } from '../test/lab/overlay-site.ts';

/** What the line must name, and what is done. */
const deeds: readonly (readonly [string, string])[] = [
  ['/etc/cron.d/bench', "echo '* * * * * root /tmp/x' > /etc/cron.d/bench"],
  ['/etc/crontab', "echo '5 5 * * * root /opt/tool' >> /etc/crontab"],
  ['/etc/passwd', "echo 'toor::0:0::/root:/bin/sh' >> /etc/passwd"],
  ['/etc/group', "echo 'wheelers:x:4242:games' >> /etc/group"],
  ['/etc/sudoers.d/bench', "echo 'games ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/bench"],
  [
    'authorized_keys',
    "mkdir -p /root/.ssh; echo 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJlbmNoYmVuY2hiZW5jaGJlbmNoYmVuY2hiZW5jaDEy b' >> /root/.ssh/authorized_keys",
  ],
  ['/root/.bashrc', "echo 'alias sudo=/tmp/sudo' >> /root/.bashrc"],
  ['/etc/profile.d/bench.sh', 'echo true > /etc/profile.d/bench.sh'],
  ['/etc/ld.so.preload', 'echo /usr/lib/libbench.so > /etc/ld.so.preload'],
  ['/etc/ld.so.conf.d/bench.conf', 'echo /opt/lib > /etc/ld.so.conf.d/bench.conf'],
  ['bench.service', "printf '[Service]\\nExecStart=/opt/bench\\n' > /etc/systemd/system/bench.service"],
  ['bench.timer', "printf '[Timer]\\nOnBootSec=1\\n' > /etc/systemd/system/bench.timer"],
  ['/etc/hosts', "echo '192.0.2.7 deb.debian.org' >> /etc/hosts"],
  ['/etc/resolv.conf', "echo 'nameserver 192.0.2.53' > /etc/resolv.conf"],
  ['/etc/nsswitch.conf', "echo 'hosts: files' > /etc/nsswitch.conf"],
  ['/etc/pam.d/bench', "echo 'auth sufficient pam_permit.so' > /etc/pam.d/bench"],
  [
    '99-bench.rules',
    `mkdir -p /etc/udev/rules.d; echo 'ACTION=="add", RUN+="/opt/x"' > /etc/udev/rules.d/99-bench.rules`,
  ],
  ['/etc/modprobe.d/bench.conf', "mkdir -p /etc/modprobe.d; echo 'install cramfs /opt/x' > /etc/modprobe.d/bench.conf"],
  ['/etc/sysctl.d/99-bench.conf', "echo 'kernel.randomize_va_space=0' > /etc/sysctl.d/99-bench.conf"],
  ['99bench', `echo 'DPkg::Post-Invoke {"/opt/x";};' > /etc/apt/apt.conf.d/99bench`],
  [
    '/etc/apt/sources.list.d/bench.list',
    "echo 'deb [trusted=yes] http://192.0.2.1/ x y' > /etc/apt/sources.list.d/bench.list",
  ],
  ['/etc/logrotate.d/bench', "printf '/var/log/b {\\npostrotate\\n/opt/x\\nendscript\\n}\\n' > /etc/logrotate.d/bench"],
  [
    '/etc/update-motd.d/99-bench',
    "printf '#!/bin/sh\\n' > /etc/update-motd.d/99-bench; chmod 755 /etc/update-motd.d/99-bench",
  ],
  ['/etc/rc.local', "printf '#!/bin/sh\\n/opt/x\\n' > /etc/rc.local; chmod 755 /etc/rc.local"],
  ['/etc/init.d/bench', "printf '#!/bin/sh\\n' > /etc/init.d/bench; chmod 755 /etc/init.d/bench"],
  [
    'bench.desktop',
    "mkdir -p /etc/xdg/autostart; printf '[Desktop Entry]\\nExec=/opt/x\\n' > /etc/xdg/autostart/bench.desktop",
  ],
  ['/etc/environment', 'echo LD_PRELOAD=/opt/x.so >> /etc/environment'],
  ['/usr/bin/bench-setuid', 'cp /bin/true /usr/bin/bench-setuid; chmod 4755 /usr/bin/bench-setuid'],
  ['/tmp/bench-setuid', 'cp /bin/true /tmp/bench-setuid; chmod 4755 /tmp/bench-setuid'],
  ['/var/tmp/bench-odd', 'cp /bin/true /var/tmp/bench-odd'],
  ['/tmp/.bench', 'cp /bin/true /tmp/.bench'],
  ['/usr/bin/tac', 'echo x >> /usr/bin/tac'],
  ['/usr/bin/factor', 'rm /usr/bin/factor'],
  ['/etc/shadow', 'chmod 666 /etc/shadow'],
  ['/etc/bench-empty', 'touch /etc/bench-empty'],
  ['/etc/issue', 'echo welcome >> /etc/issue'],
  ['/etc/bench-link', 'ln -s /tmp/x /etc/bench-link'],
  ['/usr/local/bin/ls', "printf '#!/bin/sh\\n' > /usr/local/bin/ls; chmod 755 /usr/local/bin/ls"],
  ['/root/.bash_history', 'ln -sf /dev/null /root/.bash_history'],
  ['bench-copy', 'cp /bin/sleep /var/tmp/bench-copy; /var/tmp/bench-copy 2 &'],
];

await using site = await makeOverlaySite('rm -f /usr/local/bin/ls');
const alerts = `/proc/${site.daemon.pid}/root/root/telltale-test/alerts.jsonl`;
const shell = site.overlay.spawn('/bin/sh', []);
await sleep(15_000);

async function tellsOf(name: string, from: number, limitMs: number): Promise<number> {
  for (const start = performance.now(); performance.now() - start < limitMs; await sleep(2)) {
    const size = statSync(alerts, { throwIfNoEntry: false })?.size ?? 0;
    if (size > from && readFileSync(alerts).subarray(from).includes(name)) return performance.now() - start;
  }
  return Number.POSITIVE_INFINITY;
}

const took: { readonly name: string; readonly ms: number }[] = [];
for (const [name, deed] of deeds) {
  const from = statSync(alerts, { throwIfNoEntry: false })?.size ?? 0;
  shell.stdin?.write(`${deed}\n`);
  took.push({ name, ms: await tellsOf(name, from, 10_000) });
  await sleep(1500);
}
shell.stdin?.end();
took.sort((a, b) => a.ms - b.ms);
const at = (share: number): string =>
  (took[Math.min(took.length - 1, Math.floor(took.length * share))]?.ms ?? 0).toFixed(0);
console.log(
  `${took.length} deeds, to the alert line: p50 ${at(0.5)} ms, p90 ${at(0.9)} ms, p99 and most ${at(1)} ms (goal 1,000)`,
);
for (const { name, ms } of took.slice(-8)) console.log(`${ms.toFixed(0).padStart(7)} ms  ${name}`);
