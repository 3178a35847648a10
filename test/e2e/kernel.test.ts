/** The real program watches the kernel, mounts, its own settings and a check of the administrator's. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { type Line, makeSite, type Site, startDaemon, stop, until } from '#test/lab/site.ts';
import { needsRoot } from '#test/lab/skip.ts';

const run = promisify(execFile);
const skip = needsRoot();

/** The first line of that rule about that thing, and whether it is told as over. */
function told(site: Site, rule: string, words: string, over = false): Promise<Line> {
  return until(`${rule} about ${words}${over ? ' to be over' : ''}`, () =>
    site
      .alerts()
      .find((line) => line.rule === rule && line.title.includes(words) && (line.state === 'closed') === over),
  );
}

test('a setting of the kernel, a mount, our settings and a check of the administrator’s are told, and close', {
  skip,
}, async () => {
  await using site = await makeSite();
  const mood = join(site.temp, 'mood');
  writeFileSync(mood, '0');
  const check = `{ name: mood, run: [/bin/sh, -c, 'echo "mood is $(cat ${mood})"; exit $(cat ${mood})'], every: 10 s, user: root }`;
  appendFileSync(site.config, `checks:\n  - ${check}\n`);
  const { child } = await startDaemon(site);

  writeFileSync(mood, '2');
  const setting = '/proc/sys/net/ipv4/conf/all/route_localnet';
  await site.net.run('/bin/sh', ['-c', `echo 1 > ${setting}`]);
  await told(site, 'kernel-setting-weakened', 'net.ipv4.conf.all.route_localnet');
  await site.net.run('/bin/sh', ['-c', `echo 0 > ${setting}`]);
  await told(site, 'kernel-setting-weakened', 'net.ipv4.conf.all.route_localnet', true);

  const place = join(site.temp, 'place');
  mkdirSync(place);
  await run('/usr/bin/mount', ['-t', 'tmpfs', '-o', 'noexec', 'test', place]);
  try {
    await told(site, 'mount-new', place);
    await run('/usr/bin/mount', ['-o', 'remount,exec', place]);
    await told(site, 'mount-option-weakened', `${place} was mounted anew and now allows: run programs`);
  } finally {
    await run('/usr/bin/umount', [place]);
  }
  await told(site, 'mount-new', place, true);
  await told(site, 'mount-option-weakened', place, true);

  await told(site, 'outside-check-bad', 'Check "mood" is critical: mood is 2');
  writeFileSync(mood, '0');
  await told(site, 'outside-check-bad', 'Check "mood"', true);

  writeFileSync(site.config, `${readFileSync(site.config, 'utf8')}# edited\n`);
  await told(site, 'own-settings-changed', 'The settings of Telltale were changed');
  assert.equal(await stop(child), 0);
});
