/** Ways in that are planted by hand, one a table, with the real daemon and file events: each is told by name and by writer. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { makeOverlaySite, type OverlayLine, type OverlaySite } from '#test/lab/overlay-site.ts';
import { needsRoot } from '#test/lab/skip.ts';

const skip = needsRoot();
// Who wrote a file is told on ordinary file systems; on an overlay the kernel marks no whole file system.
const ETC = `mount -t tmpfs tmpfs /mnt; cp -a /etc/. /mnt; mount --move /mnt /etc
mount -t tmpfs tmpfs /home; mkdir -p /home/bob/.ssh
printf 'bob:x:1001:1001::/home/bob:/bin/bash\\n' >> /etc/passwd
printf 'bob:!:20000:0:99999:7:::\\n' >> /etc/shadow
printf 'bob:x:1001:\\n' >> /etc/group
mkdir -p /etc/sudoers.d; head -c 4000 /dev/zero | tr '\\0' x > /home/bob/.bash_history
`;
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2e8VyMAxh2dQbcwrnLxK4f1cQYfyhH2eXJcKXSl0sE eve@laptop';

interface Act {
  readonly shell: string;
  readonly rule: string;
  readonly title: RegExp;
  readonly severity: string;
}

const acts: readonly Act[] = [
  {
    shell: `echo '${KEY}' >> /home/bob/.ssh/authorized_keys`,
    rule: 'ssh-key-new',
    title: /^bob may now be logged in to with the key ED25519 SHA256:\S+ \(eve@laptop\)$/,
    severity: 'medium',
  },
  {
    shell: "printf 'toor::0:0::/root:/bin/sh\\n' >> /etc/passwd",
    rule: 'uid-zero-twin',
    title: /^toor is root: its user number is 0; toor may log in without a password$/,
    severity: 'critical',
  },
  {
    shell: "umask 337; printf 'bob ALL=(ALL) NOPASSWD: ALL\\n' > /etc/sudoers.d/bob",
    rule: 'privilege-new',
    title: /^bob may now become root without a password$/,
    severity: 'critical',
  },
  {
    shell: "sed -i 's/^shadow:x:\\([0-9]*\\):.*/shadow:x:\\1:bob/' /etc/group",
    rule: 'group-member-new',
    title: /^bob may read the hashes of all passwords$/,
    severity: 'medium',
  },
  {
    shell: "sed -i '/pam_deny/d' /etc/pam.d/common-auth",
    rule: 'pam-accepts-all',
    title: /^Every password is accepted for common-auth \(used by /,
    severity: 'critical',
  },
  {
    shell: 'echo /opt/libhide.so > /etc/ld.so.preload',
    rule: 'preload-set',
    title: /^The library \/opt\/libhide\.so is loaded into every program that starts now$/,
    severity: 'high',
  },
  {
    shell: "echo '10.0.0.9 security.debian.org' >> /etc/hosts",
    rule: 'hosts-changed',
    title: /^security\.debian\.org now leads to 10\.0\.0\.9$/,
    severity: 'high',
  },
  {
    shell: 'ln -sf /dev/null /home/bob/.bash_history',
    rule: 'history-disabled',
    title: /^The commands of bob are no longer written down: \/home\/bob\/\.bash_history is a link to \/dev\/null$/,
    severity: 'medium',
  },
  {
    shell: "printf 'ghost:x\\n' >> /etc/passwd",
    rule: 'odd-line',
    title: /^Line \d+ of \/etc\/passwd has 2 fields instead of 7$/,
    severity: 'low',
  },
];

async function tell(site: OverlaySite, { shell, rule, title }: Act): Promise<readonly OverlayLine[]> {
  await site.overlay.sh(shell);
  return await site.told(rule, (line) => line.rule === rule && line.update !== true && title.test(line.title));
}

test('each way in that is planted is told by name, with who wrote the file', { skip }, async () => {
  await using site = await makeOverlaySite(ETC);
  let withWriter = 0;
  for (const act of acts) {
    const lines = await tell(site, act);
    assert.equal(lines[0]?.severity, act.severity, act.rule);
    if ((lines[0].who?.pid ?? 0) > 0) withWriter += 1;
    // The library of this entry does not exist: every program complains, and goes on.
    if (act.rule === 'preload-set') await site.overlay.sh('rm /etc/ld.so.preload');
  }
  // A sed that renames and is gone before anybody could ask stays unknown now and then on a busy machine.
  assert.ok(withWriter >= acts.length - 3, `${withWriter} of ${acts.length} say who wrote the file`);
  const taken = await site.told('the history of bob', ({ rule }) => rule === 'history-disabled');
  assert.equal(taken[0]?.facts['account'], 'bob');
});

test('a key that stands for less than two seconds is told, and its end as well', { skip }, async () => {
  await using site = await makeOverlaySite(ETC);
  await site.overlay.sh(`cd /home/bob/.ssh; echo '${KEY}' > authorized_keys; sleep 1; rm authorized_keys`);
  const told = await site.told('the key', ({ rule }) => rule === 'ssh-key-new');
  assert.equal(told[0]?.facts['account'], 'bob');
  await site.told('its end', ({ rule, state }) => rule === 'ssh-key-new' && state === 'closed');
});

test('useradd and sshd_config by an administrator are one story each', { skip }, async () => {
  await using site = await makeOverlaySite(ETC);
  await site.overlay.sh('useradd -m -s /bin/bash carol');
  await site.told('the account', ({ rule, title }) => rule === 'account-new' && title.includes('carol'));
  await site.overlay.sh("usermod -aG sudo carol; usermod -p '' carol");
  await site.told(
    'the group',
    ({ rule, title }) => rule === 'group-member-new' && title.startsWith('carol may become root'),
  );
  // The files that useradd and usermod write are part of what they mean.
  const ofFiles = (await site.alerts()).filter(({ rule }) => rule.startsWith('file-'));
  assert.deepEqual(
    ofFiles.map(({ title }) => title),
    [],
  );
  await site.told('no password', ({ rule, title }) => rule === 'password-empty' && title.startsWith('carol'));
  await site.overlay.sh("sed -i 's/^#\\?PermitRootLogin.*/PermitRootLogin yes/' /etc/ssh/sshd_config");
  const told = await site.told('the setting', ({ rule }) => rule === 'ssh-setting-changed');
  assert.equal(told[0]?.title, 'sshd now accepts passwords for root');
});

test('each drill about accounts and access is told as our own hand, and leaves nothing behind', { skip }, async () => {
  await using site = await makeOverlaySite(ETC);
  const drills = 'account host-name ssh-key sudo-rule pam-service library-folder history-off'.split(' ');
  const { stdout, stderr, code } = await site.run('rehearse', ...drills);
  assert.equal(code, 0, stdout + stderr);
  assert.ok(!stdout.includes('skipped'), stdout);
  // After a first look at hundreds of certificates the next one waits, so that the machine has its peace.
  let key = await site.run('rehearse', 'open-key');
  if (key.code !== 0) key = await site.run('rehearse', 'open-key');
  assert.equal(key.code, 0, key.stdout + key.stderr);
  const left = await site.overlay.sh(
    'grep -rl telltale-rehearsal /etc || true; ls /root/.ssh/authorized_keys2 2>/dev/null || true',
  );
  assert.equal(left, '');
});

// It takes as long as a small package does: that dpkg stands behind useradd can be proven only while dpkg runs.
const DEB = `
mkdir -p /root/deb/DEBIAN /root/deb/etc/sudoers.d /root/deb/etc/pam.d /root/deb/etc/ld.so.conf.d /root/deb/usr/lib/tt-access
cd /root/deb
printf 'Package: tt-access\\nVersion: 1.0\\nArchitecture: all\\nMaintainer: T <t@example.org>\\nDescription: access\\n' > DEBIAN/control
printf '/etc/sudoers.d/tt-access\\n/etc/pam.d/tt-access\\n/etc/ld.so.conf.d/tt-access.conf\\n' > DEBIAN/conffiles
printf '#!/bin/sh\\nset -e\\nuseradd -r -s /usr/sbin/nologin tt-access\\nusermod -aG adm tt-access\\nsleep 8\\n' > DEBIAN/postinst
chmod 755 DEBIAN/postinst
printf 'tt-access ALL=(root) /usr/lib/tt-access/helper\\n' > etc/sudoers.d/tt-access
printf 'auth required pam_unix.so\\n' > etc/pam.d/tt-access
printf '/usr/lib/tt-access\\n' > etc/ld.so.conf.d/tt-access.conf
chmod 440 etc/sudoers.d/tt-access
dpkg-deb --root-owner-group -b /root/deb /root/tt-access.deb
mkdir -p /root/ways/DEBIAN
cd /root/ways
sed s/tt-access/tt-ways/ /root/deb/DEBIAN/control > DEBIAN/control
printf '%s\n' '#!/bin/sh' 'echo "${KEY}" >> /home/bob/.ssh/authorized_keys' \\
  'echo "* * * * * root /opt/run" > /etc/cron.d/tt-ways' 'umask 337' \\
  'echo "bob ALL=(ALL) NOPASSWD: ALL" > /etc/sudoers.d/tt-ways' 'sleep 8' > DEBIAN/postinst
chmod 755 DEBIAN/postinst
dpkg-deb --root-owner-group -b /root/ways /root/tt-ways.deb
`;

test('what a package brings is explained by its run, and the same by hand is not', { skip }, async () => {
  await using site = await makeOverlaySite(ETC + DEB);
  const { overlay } = site;
  await overlay.sh('DEBIAN_FRONTEND=noninteractive dpkg -i /root/tt-access.deb >/dev/null 2>&1');
  const run = await site.told(
    'the package run',
    ({ rule, title }) => rule === 'package-run' && title.startsWith('tt-access 1.0'),
  );
  assert.match(run[0]?.title ?? '', /changes explained/);
  assert.match(JSON.stringify(run[0]), /tt-access\.postinst\) ran as root/);
  const unexplained = (await site.alerts()).filter(
    (line) => /^(?:account|group|privilege|pam|loader|file|unknown)-/.test(line.rule) && line.explainedBy === undefined,
  );
  assert.deepEqual(
    unexplained.map(({ rule, title }) => `${rule}: ${title}`),
    [],
  );
  await overlay.sh('DEBIAN_FRONTEND=noninteractive dpkg -i /root/tt-ways.deb >/dev/null 2>&1');
  for (const rule of ['ssh-key-new', 'start-point-new', 'privilege-new']) {
    const by = await site.told(`what a script of a package did: ${rule}`, (line) => line.rule === rule);
    assert.deepEqual([by.length, by[0]?.state, by[0]?.explainedBy], [1, 'open', undefined], rule);
  }
  await overlay.sh("sed -i 's/ALL=(root) /ALL=(root) NOPASSWD: /' /etc/sudoers.d/tt-access");
  const changed = await site.told('the change by hand', ({ rule }) => rule === 'privilege-changed');
  assert.equal(changed[0]?.explainedBy, undefined);
  assert.match(
    changed[0]?.title ?? '',
    /^tt-access may now run .* without a password; before: .* with their own password$/,
  );
});
