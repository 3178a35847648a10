/** A scan, then a login over a real sshd from the same address: one story, told at once. */

import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeBlockSite } from '#test/lab/block-site.ts';
import { startDaemon, stop, until } from '#test/lab/site.ts';

test('a scanner that logs in is told, and a daemon that was started anew still knows it', {
  timeout: 120_000,
}, async () => {
  await using site = await makeBlockSite('  mode: off\n');
  const { pair, temp } = site;
  writeFileSync(
    site.config,
    `web: { listen: none }\nwatch: { namespaces: own }\nscans: { quiet: 2 s, names: false }\nnotifiers: [{ type: file, path: ${join(temp, 'alerts.jsonl')} }]\n`,
  );
  const folder = join(temp, 'ssh');
  mkdirSync(folder, { mode: 0o700 });
  for (const name of ['host', 'key']) {
    const made = await pair.us.run('/usr/bin/ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
    assert.equal(made.code, 0, made.stderr);
  }
  const config = join(folder, 'sshd_config');
  writeFileSync(
    config,
    `Port 2222\nHostKey ${folder}/host\nAuthorizedKeysFile ${folder}/key.pub\nStrictModes no\nUsePAM no\nPidFile none\nPermitRootLogin yes\n`,
  );
  chmodSync(config, 0o600);
  // It wants a folder below /run and writes there who is logged in: it gets a /run of its own.
  const script = 'mount -t tmpfs -o mode=755 tmpfs /run && mkdir /run/sshd && exec /usr/sbin/sshd -D -f "$1"';
  pair.us.spawn('/usr/bin/unshare', ['--mount', '--propagation', 'private', '/bin/sh', '-c', script, 'sh', config]);
  const first = await startDaemon(site, 'ready-1');
  await pair.them.run('/usr/bin/nmap', ['-sS', '-n', '-Pn', '-p', '21,22,23,25,110,143,445,2222', '10.77.0.1']);
  await until('the end of the scan', () => site.alerts().find(({ rule, update }) => rule === 'port-scan' && update));
  assert.equal(await stop(first.child), 0);

  const second = await startDaemon(site, 'ready-2');
  const login = ['-p', '2222', '-i', join(folder, 'key'), '-T', '-F', 'none', '-o', 'BatchMode=yes'];
  const quiet = ['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', 'root@10.77.0.1', 'sleep 60'];
  pair.them.spawn('/usr/bin/ssh', [...login, ...quiet]);
  const back = await until('the return', () => site.alerts().find(({ rule }) => rule === 'scanner-returned'));
  assert.match(back.title, /^10\.77\.0\.2 scanned this host before, and now connects to port 2222/);
  const inside = await until('the login', () => site.alerts().find(({ rule }) => rule === 'scanner-logged-in'));
  assert.match(inside.title, /^10\.77\.0\.2 scanned this host \d+ (?:m?s|min).* before and is now logged in as root$/);
  assert.equal(await stop(second.child), 0);
});
