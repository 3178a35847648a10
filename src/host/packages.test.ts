import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { makeTemp } from '#test/lab/temp.ts';
import { openFiles } from './files.ts';
import { openPackages } from './packages.ts';

/** A root with two packages, on a merged /usr as Debian 12 has it. */
async function makeRoot() {
  const temp = await makeTemp();
  let nowMs = new Date(2026, 10, 21, 6, 12, 30).getTime();
  const put = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(temp.path, path)), { recursive: true });
    await writeFile(join(temp.path, path), text);
  };
  await put('/usr/bin/su', 'su program');
  await symlink('usr/bin', join(temp.path, 'bin'));
  await put('/usr/sbin/sshd', 'sshd program');
  const md5 = createHash('md5').update('sshd program').digest('hex');
  await put('/var/lib/dpkg/status', '');
  await put('/var/lib/dpkg/info/util-linux.list', '/.\n/bin\n/bin/su\n/usr/share/doc/util-linux/x\n');
  await put('/var/lib/dpkg/info/openssh-server:amd64.list', '/.\n/usr\n/usr/sbin\n/usr/sbin/sshd');
  await put('/var/lib/dpkg/info/openssh-server:amd64.md5sums', `${md5}  usr/sbin/sshd\n`);
  const packages = openPackages(openFiles(temp.path), { nowMs: () => nowMs, monotonicMs: () => nowMs });
  return {
    packages,
    put,
    path: temp.path,
    pass: (ms: number) => void (nowMs += ms),
    [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose](),
  };
}

test('ownerOf() finds files under either name of a merged /usr, and nothing that only contains one', async () => {
  await using root = await makeRoot();
  assert.equal(root.packages.ownerOf('/usr/sbin/sshd'), 'openssh-server');
  assert.equal(root.packages.ownerOf('/usr/bin/su'), 'util-linux');
  assert.equal(root.packages.ownerOf('/bin/su'), 'util-linux');
  await root.put('/var/lib/dpkg/info/a-su.list', '/opt/usr/bin/su\n/opt/bin/su/x\n');
  await root.put('/var/lib/dpkg/status', 'changed');
  root.pass(2000);
  assert.equal(root.packages.ownerOf('/usr/bin/su'), 'util-linux', 'a path that only ends like it is another');
  assert.equal(root.packages.ownerOf('/opt/usr/bin/su'), 'a-su');
  for (const path of ['/usr/sbin/ssh', '/sbin/sshd', '/tmp/su', 'su', '', '/usr/sbin\n/usr/sbin/sshd'])
    assert.equal(root.packages.ownerOf(path), '', path);
});

test('ownerOf() asks anew when the database changed, and at most every two seconds', async () => {
  await using root = await makeRoot();
  assert.equal(root.packages.ownerOf('/usr/bin/nc'), '');
  await root.put('/var/lib/dpkg/info/netcat.list', '/usr/bin/nc\n');
  await root.put('/var/lib/dpkg/status', 'changed');
  assert.equal(root.packages.ownerOf('/usr/bin/nc'), '');
  root.pass(2000);
  assert.equal(root.packages.ownerOf('/usr/bin/nc'), 'netcat');
  await rm(join(root.path, '/var/lib/dpkg/info/netcat.list'));
  await utimes(join(root.path, '/var/lib/dpkg/status'), 1, 1);
  root.pass(2000);
  assert.equal(root.packages.ownerOf('/usr/bin/nc'), '');
});

test('ownerOf() reads a list again that changed, and one that only was read before does not hide it', async () => {
  await using root = await makeRoot();
  for (const [round, name] of ['first', 'second', 'third'].entries()) {
    const path = `/opt/${name}`;
    assert.equal(root.packages.ownerOf(path), '');
    const lines = ['first', 'second', 'third'].slice(0, round + 1).map((each) => `/opt/${each}\n`);
    await root.put('/var/lib/dpkg/info/util-linux.list', `/.\n${lines.join('')}`);
    await root.put('/var/lib/dpkg/status', 'x'.repeat(round + 1));
    root.pass(2000);
    assert.equal(root.packages.ownerOf(path), 'util-linux');
    assert.equal(root.packages.ownerOf('/usr/sbin/sshd'), 'openssh-server');
  }
});

test('verify() tells an exchanged file from the one that was shipped', async () => {
  await using root = await makeRoot();
  assert.equal(root.packages.verify('/usr/sbin/sshd'), 'same');
  await root.put('/usr/sbin/sshd', 'evil program');
  assert.equal(root.packages.verify('/usr/sbin/sshd'), 'differs');
  assert.equal(root.packages.verify('/usr/bin/su'), 'unknown');
  assert.equal(root.packages.verify('/tmp/x'), 'unknown');
});

test('verify() of a link: as shipped where it leads to a file of its own package that is', async () => {
  await using root = await makeRoot();
  const link = (target: string, path: string): Promise<void> => symlink(target, join(root.path, path));
  await root.put('/var/lib/dpkg/info/util-linux.list', '/bin/su\n/usr/bin/other\n');
  await root.put(
    '/var/lib/dpkg/info/openssh-server:amd64.list',
    ['/usr/sbin/sshd', '/usr/bin/to', '/usr/bin/away', '/usr/bin/twice', ''].join('\n'),
  );
  await link('../sbin/sshd', 'usr/bin/to');
  await link('/usr/bin/su', 'usr/bin/away');
  await link('to', 'usr/bin/twice');
  await link('../sbin/sshd', 'usr/bin/other');
  assert.equal(root.packages.verify('/usr/bin/to'), 'same');
  assert.equal(root.packages.verify('/usr/bin/away'), 'unknown', 'a file of another package');
  assert.equal(root.packages.verify('/usr/bin/twice'), 'unknown', 'a link to a link');
  assert.equal(root.packages.verify('/usr/bin/other'), 'unknown', 'a link of another package');
  await root.put('/usr/sbin/sshd', 'evil program');
  assert.equal(root.packages.verify('/usr/bin/to'), 'unknown');
});

test('verify() holds settings against the status file, but not while dpkg installs them', async () => {
  await using root = await makeRoot();
  const md5 = createHash('md5').update('setting').digest('hex');
  const stanza = (sum: string): string =>
    `Package: openssh-server\nConffiles:\n /etc/ssh/moduli ${sum}\nDescription: x\n`;
  await root.put('/etc/ssh/moduli', 'setting');
  await root.put('/var/lib/dpkg/info/openssh-server:amd64.list', '/etc/ssh/moduli\n');
  await root.put('/var/lib/dpkg/status', stanza(md5));
  assert.equal(root.packages.verify('/etc/ssh/moduli'), 'same');
  await root.put('/etc/ssh/moduli', 'edited');
  assert.equal(root.packages.verify('/etc/ssh/moduli'), 'differs');
  await root.put('/var/lib/dpkg/status', stanza('newconffile'));
  assert.equal(root.packages.verify('/etc/ssh/moduli'), 'unknown');
});

test('a diverted file belongs to the package that shipped it, not to the one that moved it', async () => {
  await using root = await makeRoot();
  await root.put('/var/lib/dpkg/diversions', '/usr/bin/x\n/usr/bin/x.distrib\nwrapper\n');
  await root.put('/var/lib/dpkg/info/wrapper.list', '/usr/bin/x\n');
  await root.put('/var/lib/dpkg/info/xorig.list', '/usr/bin/x\n');
  assert.equal(root.packages.ownerOf('/usr/bin/x.distrib'), 'xorig');
  await root.put('/var/lib/dpkg/info/a-orig.list', '/usr/bin/x\n');
  assert.equal(root.packages.ownerOf('/usr/bin/x'), 'wrapper');
});

test('run() tells of the packages of the last ten minutes, as one run over short pauses', async () => {
  await using root = await makeRoot();
  assert.equal(root.packages.run(), undefined);
  await root.put(
    '/var/log/dpkg.log',
    [
      '2026-11-21 05:00:00 upgrade curl:amd64 1 2',
      '2026-11-21 06:12:00 startup archives unpack',
      '2026-11-21 06:12:01 upgrade openssl:amd64 3.0.17 3.0.18',
      '2026-11-21 06:12:20 install nftables:amd64 <none> 1.0.6',
      '2026-11-21 06:12:21 status installed nftables:amd64 1.0.6',
      '',
    ].join('\n'),
  );
  root.pass(1000);
  const run = root.packages.run();
  assert.equal(run?.startedMs, new Date(2026, 10, 21, 6, 12, 0).getTime());
  assert.equal(run.endedMs, new Date(2026, 10, 21, 6, 12, 21).getTime() + 999);
  assert.deepEqual(
    [...run.packages],
    [
      ['openssl', 'openssl 3.0.17 → 3.0.18'],
      ['nftables', 'nftables 1.0.6 installed'],
    ],
  );
  root.pass(600_000);
  assert.equal(root.packages.run(), undefined);
});

test('run() goes on while dpkg or apt holds its lock', async () => {
  await using root = await makeRoot();
  await root.put('/var/lib/dpkg/lock-frontend', '');
  const files = openFiles(root.path);
  const stat = files.stat('/var/lib/dpkg/lock-frontend');
  assert.ok('inode' in stat);
  await root.put('/proc/locks', `1: POSIX  ADVISORY  WRITE 812 08:01:${stat.inode} 0 EOF\n`);
  root.pass(1000);
  assert.equal(root.packages.run()?.endedMs, 0);
  await root.put('/proc/locks', `1: POSIX  ADVISORY  WRITE 812 08:01:${stat.inode}9 0 EOF\n`);
  root.pass(1000);
  assert.equal(root.packages.run(), undefined);
  // A run that has ended is no reason to look away while the next one begins.
  await root.put('/var/log/dpkg.log', '2026-11-21 06:22:00 install curl:amd64 <none> 1\n');
  root.pass(200);
  assert.notEqual(root.packages.run()?.endedMs ?? 0, 0);
  await root.put('/proc/locks', `1: POSIX  ADVISORY  WRITE 812 08:01:${stat.inode} 0 EOF\n`);
  root.pass(150);
  assert.equal(root.packages.run()?.endedMs, 0);
});
