/** Start points planted by hand and installed by a package, with the real daemon, dpkg and file system. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { makeOverlaySite, type OverlayLine } from '#test/lab/overlay-site.ts';
import { needsRoot } from '#test/lab/skip.ts';

const skip = needsRoot();
const about = (line: OverlayLine): boolean => line.rule.startsWith('start-point');

// Who wrote a file is told on ordinary file systems; on an overlay the kernel marks no whole file system.
const ETC = 'mount -t tmpfs tmpfs /mnt; cp -a /etc/. /mnt; mount --move /mnt /etc\n';

const DEB = `
mkdir -p /root/deb/DEBIAN /root/deb/etc/cron.d /root/deb/usr/lib/systemd/system /root/deb/usr/bin
printf 'Package: tt-job\\nVersion: 1.0\\nArchitecture: all\\nMaintainer: T <t@example.org>\\nDescription: a job\\n' > /root/deb/DEBIAN/control
echo /etc/cron.d/tt-job > /root/deb/DEBIAN/conffiles
printf '#!/bin/sh\\nset -e\\ndeb-systemd-helper enable tt-job.service\\n' > /root/deb/DEBIAN/postinst
chmod 755 /root/deb/DEBIAN/postinst
printf '*/5 * * * * root /usr/bin/tt-job\\n' > /root/deb/etc/cron.d/tt-job
printf '[Service]\\nExecStart=/usr/bin/tt-job\\n[Install]\\nWantedBy=multi-user.target\\n' > /root/deb/usr/lib/systemd/system/tt-job.service
printf '#!/bin/sh\\n' > /root/deb/usr/bin/tt-job
chmod 755 /root/deb/usr/bin/tt-job
(cd /root/deb && md5sum usr/bin/tt-job usr/lib/systemd/system/tt-job.service > DEBIAN/md5sums)
dpkg-deb --root-owner-group -b /root/deb /root/tt-job.deb
`;

test('what is planted by hand is told by name, what a package brings is explained, and the same by hand is not', {
  skip,
}, async () => {
  await using site = await makeOverlaySite(ETC + DEB);
  const { overlay } = site;
  assert.deepEqual((await site.alerts()).filter(about), [], 'an ordinary host has no dangerous start point');

  await overlay.sh("printf '* * * * * root /tmp/.x/run\\n' > /etc/cron.d/sysstat2");
  const [planted] = await site.told('the cron line', (line) => line.rule === 'start-point-new');
  assert.match(planted?.title ?? '', /^New: cron runs \/tmp\/.x\/run as root every minute, but /);
  assert.equal(planted?.severity, 'critical');
  assert.equal(planted.facts['file'], '/etc/cron.d/sysstat2');

  await overlay.sh(`printf '[Service]\\nExecStart=/opt/x\\n' > /etc/systemd/system/nginx-helper.service
    mkdir -p /etc/systemd/system/multi-user.target.wants
    ln -s ../nginx-helper.service /etc/systemd/system/multi-user.target.wants/nginx-helper.service`);
  await site.told('the unit', (line) => line.title.includes('nginx-helper.service') && /at boot/.test(line.title));

  await overlay.sh('DEBIAN_FRONTEND=noninteractive dpkg -i /root/tt-job.deb >/dev/null 2>&1');
  await site.told('the package run', (line) => line.rule === 'package-run' && /tt-job 1\.0/.test(line.title));
  const brought = (await site.alerts()).filter((line) => about(line) && line.title.includes('tt-job'));
  assert.deepEqual(
    brought.filter(({ explainedBy, severity }) => explainedBy === undefined && severity !== 'low'),
    [],
  );
  assert.deepEqual(
    // Who made the link is known only while that process can be asked: then it is a low note beside the run.
    brought
      .filter(({ explainedBy, facts }) => explainedBy === undefined && facts['kind'] !== 'systemd link')
      .map(({ title }) => title),
    [],
  );

  await overlay.sh("printf '*/5 * * * * root /usr/bin/tt-job; /opt/y\\n' > /etc/cron.d/tt-job");
  const changed = await site.told('the change by hand', (line) => line.rule === 'start-point-changed');
  assert.deepEqual(
    changed.map(({ explainedBy, title }) => [explainedBy, title]),
    [[undefined, 'Changed: cron runs /usr/bin/tt-job; /opt/y as root every 5 minutes; before: /usr/bin/tt-job']],
  );
});
