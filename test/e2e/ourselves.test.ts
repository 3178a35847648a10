/** Attacks on the watch itself, on a running program: each is told in plain words. */

import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Line, makeSite, type Site, startDaemon, stop, until } from '#test/lab/site.ts';
import { needsRoot } from '#test/lab/skip.ts';

const FORWARD = '/proc/sys/net/ipv4/ip_forward';

const told = (site: Site, rule: string, words: RegExp): Promise<Line> =>
  until(`${rule} ${words}`, () => site.alerts().find((line) => line.rule === rule && words.test(line.title)));

/** While nobody watches: a row that makes a weaker setting pass for one that was seen before. */
function plantSeenRow(database: string): void {
  const store = new DatabaseSync(database);
  const row = store
    .prepare("SELECT key, body FROM seen WHERE tbl = 'kernel-settings' AND key LIKE '%.ip_forward%'")
    .get();
  const body = JSON.stringify({ ...(JSON.parse(String(row?.['body'])) as object), value: '1' });
  const planted = store.prepare('UPDATE seen SET body = ? WHERE key = ?').run(body, String(row?.['key']));
  store.close();
  assert.equal(planted.changes, 1);
}

test('who edits the store or the settings, halts the watch or kills it is told on', { skip: needsRoot() }, async () => {
  await using site = await makeSite();
  const database = `${site.stateDir}/telltale.db`;
  const first = await startDaemon(site, 'first');
  await stop(first.child);
  plantSeenRow(database);
  appendFileSync(site.config, 'files: { ignore: [/var/www] }\n');
  await site.net.run('/bin/sh', ['-c', `echo 1 > ${FORWARD}`]);

  const second = await startDaemon(site, 'second');
  await told(site, 'store-edited', /changed while the watch did not run: its file is not as it was left/);
  await told(site, 'own-settings-changed', /The settings of Telltale were changed/);
  assert.ok(!site.alerts().some(({ rule }) => rule === 'watch-killed'));

  const { pid } = second.ready;
  process.kill(pid, 'SIGSTOP');
  await sleep(23_000);
  process.kill(pid, 'SIGCONT');
  await told(site, 'sensor-silent', /^The watch stood still for 2\d s: it was stopped \(SIGSTOP\)/);

  process.kill(pid, 'SIGKILL');
  await until('its end', () => second.child.exitCode !== null || second.child.signalCode !== null);
  const third = await startDaemon(site, 'third');
  await told(site, 'watch-killed', /The watch was killed/);
  assert.equal(site.alerts().filter(({ rule }) => rule === 'store-edited').length, 1, 'a kill alone is no edit');
  await stop(third.child);
});
