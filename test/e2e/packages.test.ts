/** Packages with the real dpkg: what their scripts do every day is explained, the ways in that one makes are told, a purge is quiet. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { makeOverlaySite, type OverlayLine, type OverlaySite } from '#test/lab/overlay-site.ts';
import { needsRoot } from '#test/lab/skip.ts';

const skip = needsRoot();

/** A service with a user, a unit, settings and a program; and a package whose script lets somebody in. */
const DEBS = `
pack() { (cd $1; find . -type f ! -path './DEBIAN/*' ! -path './etc/*' -printf '%P\\0' | xargs -0 md5sum > DEBIAN/md5sums)
  printf 'Package: %s\\nVersion: %s\\nArchitecture: all\\nMaintainer: T <t@example.org>\\nDescription: test\\n' $2 $3 > $1/DEBIAN/control
  chmod 755 $1/DEBIAN/p*; dpkg-deb --root-owner-group -b $1 /root/$2-$3.deb; }
for v in 1.0 2.0; do
d=/root/svc-$v; mkdir -p $d/DEBIAN $d/usr/sbin $d/usr/lib/systemd/system $d/etc/default
printf '#!/bin/sh\\n: %s\\n' $v > $d/usr/sbin/tt-svc; chmod 755 $d/usr/sbin/tt-svc
printf '[Service]\\nExecStart=/usr/sbin/tt-svc %s\\n[Install]\\nWantedBy=multi-user.target\\n' $v > $d/usr/lib/systemd/system/tt-svc.service
echo OPT=$v > $d/etc/default/tt-svc; echo /etc/default/tt-svc > $d/DEBIAN/conffiles
cat > $d/DEBIAN/postinst <<'P'
#!/bin/sh
set -e
getent passwd ttsvc >/dev/null || adduser --system --quiet --group ttsvc
deb-systemd-helper enable tt-svc.service
P
cat > $d/DEBIAN/postrm <<'P'
#!/bin/sh
set -e
if [ "$1" = purge ]; then deb-systemd-helper purge tt-svc.service; deluser --quiet --system ttsvc; fi
P
pack $d tt-svc $v
done
d=/root/ways; mkdir -p $d/DEBIAN $d/usr/bin; printf '#!/bin/sh\\n' > $d/usr/bin/tt-ways
cat > $d/DEBIAN/postinst <<'P'
#!/bin/sh
useradd -m -s /bin/bash ttwayin
usermod -aG sudo ttvictim
echo '6.6.6.6 deb.debian.org' >> /etc/hosts
echo '/opt/x &' >> /root/.bashrc
P
pack $d tt-ways 1.0
useradd -m -s /bin/bash ttvictim
`;

/** What was told of its own, beside what the machine around us does. */
async function unexplained(site: OverlaySite): Promise<readonly string[]> {
  const own = ({ rule, facts, title }: OverlayLine): boolean =>
    /^(?:account|group|file|start-point|package|unpackaged|setuid|hosts)-/.test(rule) &&
    /tt|\/etc\/(?:passwd|group|g?shadow)/.test(`${title} ${String(facts['file'])}`);
  const lines = (await site.alerts()).filter((line) => line.explainedBy === undefined && line.update !== true);
  return lines.filter(own).map(({ rule, title }) => `${rule}: ${title}`);
}

test('a service that is installed, upgraded and purged is three lines', { skip, timeout: 180_000 }, async () => {
  await using site = await makeOverlaySite(DEBS);
  const steps = [
    ['dpkg -i /root/tt-svc-1.0.deb', /^tt-svc 1\.0 installed/],
    ['dpkg -i /root/tt-svc-2.0.deb', /^tt-svc 1\.0 → 2\.0/],
    ['dpkg -P tt-svc', /^tt-svc 2\.0 removed/],
  ] as const;
  for (const [command, title] of steps) {
    await site.overlay.sh(`DEBIAN_FRONTEND=noninteractive ${command} >/dev/null 2>&1`);
    await site.told(command, (line) => line.rule === 'package-run' && title.test(line.title));
    assert.deepEqual(await unexplained(site), [], command);
  }
});

test('ways in that the script of a package makes are told, and who made them', {
  skip,
  timeout: 180_000,
}, async () => {
  await using site = await makeOverlaySite(DEBS);
  await site.overlay.sh('dpkg -i /root/tt-ways-1.0.deb >/dev/null 2>&1');
  const told = async (rule: string, title: RegExp): Promise<string | undefined> => {
    const [line] = await site.told(rule, (each) => each.rule === rule && title.test(each.title) && !each.explainedBy);
    return line?.who?.comm;
  };
  // Both write all of these files.
  assert.match((await told('account-new', /ttwayin/)) ?? '', /^user(?:add|mod)$/);
  assert.match((await told('group-member-new', /ttvictim/)) ?? '', /^user(?:add|mod)$/);
  await told('hosts-changed', /deb\.debian\.org now leads to 6\.6\.6\.6/);
  await told('start-point-changed', /\/root\/\.bashrc/);
});
