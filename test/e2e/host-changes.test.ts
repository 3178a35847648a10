/** Web scripts, repositories and the packet filter, with the real daemon; and the drills about them. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { makeOverlaySite } from '#test/lab/overlay-site.ts';
import { needsRoot } from '#test/lab/skip.ts';

const skip = needsRoot();
const BEFORE = `
mount -t tmpfs tmpfs /mnt; cp -a /etc/. /mnt; mount --move /mnt /etc
mkdir -p /var/www; mount -t tmpfs tmpfs /var/www; mkdir /var/www/html; chown 33:33 /var/www/html
nft add table inet f
nft 'add chain inet f in { type filter hook input priority 0; policy drop; }'
nft add rule inet f in tcp dport 22 accept
`;

test('a web shell, a repository without signatures and an opened packet filter are told; the drills are too', {
  skip,
}, async () => {
  await using site = await makeOverlaySite(BEFORE);
  const { overlay } = site;
  const drills = ['cron-line', 'package-source', 'web-script', 'firewall-chain'];
  const rehearsed = await site.run('rehearse', ...drills);
  assert.equal(rehearsed.code, 0, rehearsed.stdout + rehearsed.stderr);
  assert.ok(!rehearsed.stdout.includes('skipped'), rehearsed.stdout);

  await overlay.sh(`printf '<?php system($_GET["c"]);' > /var/www/html/x.php; chown 33 /var/www/html/x.php`);
  const [shell] = await site.told(
    'the web shell',
    (line) => line.rule === 'web-script-new' && line.severity === 'critical',
  );
  assert.match(shell?.title ?? '', /PHP script \/var\/www\/html\/x\.php/);

  await overlay.sh(`echo 'deb [trusted=yes] http://x.example ./' > /etc/apt/sources.list.d/x.list`);
  // That it is a new source as well is part of the same alert: one deed to a file.
  await site.told('the repository', (line) => line.rule === 'source-untrusted' && line.title.includes('x.example'));

  await overlay.sh(`nft 'chain inet f in { policy accept; }'`);
  const [opened] = await site.told(
    'the policy',
    (line) => line.rule === 'firewall-changed' && line.severity === 'high',
  );
  assert.match(opened?.title ?? '', /policy of chain inet f in is accept now, before drop/);
  await overlay.sh('nft flush ruleset');
  await site.told('the empty filter', (line) => line.rule === 'firewall-emptied');

  const shown = await site.run('show', 'firewall', '--json');
  assert.equal(shown.code, 0, shown.stderr);
});
