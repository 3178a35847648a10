import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProcessFacts, RawSocket } from '#model/host.ts';
import { type FakeHost, fakeHost, fakeProcess } from '#test/lab/fake-host.ts';
import { type NeverSources, neverBlock } from './never-block.ts';

const on = new AbortController().signal;

function machine(
  files: Readonly<Record<string, string | Buffer>>,
  sockets: readonly (Partial<RawSocket> & { pid?: number })[] = [],
): FakeHost {
  const host = fakeHost();
  for (const [path, content] of Object.entries(files))
    host.disk.set(path, { content: Buffer.from(content as string), ctimeMs: 0, inode: 1 });
  Object.assign(host.network, {
    snapshot: () =>
      Promise.resolve({
        length: sockets.length,
        at: (index: number) => ({ state: 'ESTAB', protocol: 'tcp', localPort: 22, ...sockets[index] }),
        ownersOf: (index: number) => [sockets[index]?.pid ?? 0],
      }),
  });
  return host;
}

const sshd = (pid: number, cmdline: string, exe = '/usr/sbin/sshd'): ProcessFacts => fakeProcess({ pid, exe, cmdline });
const sources = (more: Partial<NeverSources> = {}): NeverSources => ({
  settings: { never: [], neverFiles: [] },
  services: [],
  resolve: () => Promise.resolve([]),
  ...more,
});
const words = async (host: FakeHost, from = sources()): Promise<string[]> =>
  (await neverBlock(host, from, on)).map(({ prefix, why, hard }) => `${prefix} ${hard ? 'hard' : 'soft'} ${why}`);

test('the machine itself, its gateways and name servers are hard', async () => {
  const host = machine({
    '/proc/net/fib_trie': '  |-- 192.0.2.2\n     /32 host LOCAL\n',
    '/proc/net/route': 'Iface\tDestination\tGateway\neth0\t00000000\t010200C0\n',
    '/etc/resolv.conf': 'nameserver 192.0.2.53\n',
  });
  assert.deepEqual(await words(host), [
    '127.0.0.0/8 hard loopback',
    '::1 hard loopback',
    '192.0.2.2 hard an address of this host',
    '192.0.2.1 hard a gateway',
    '192.0.2.53 hard a name server (/etc/resolv.conf)',
  ]);
});

test('only who is past the password of SSH is spared', async () => {
  const host = machine({}, [
    { remoteAddress: '198.51.100.1', pid: 1 },
    { remoteAddress: '198.51.100.2', pid: 2 },
    { remoteAddress: '198.51.100.3', pid: 3 },
    { remoteAddress: '198.51.100.4', pid: 4 },
    { remoteAddress: '::ffff:198.51.100.5', pid: 5 },
    { remoteAddress: '198.51.100.6', pid: 1, state: 'LISTEN' },
  ]);
  for (const process of [
    sshd(1, 'sshd: root@pts/0'),
    sshd(2, 'sshd: root [priv]'),
    sshd(3, 'sshd: [accepted]'),
    sshd(4, 'sshd: root@pts/0', '/tmp/evil'),
    sshd(5, 'sshd-session: bob@notty', '/usr/lib/openssh/sshd-session'),
  ])
    host.table.set(process.pid, process);
  const found = (await words(host)).filter((line) => line.includes('SSH'));
  assert.deepEqual(found, [
    '198.51.100.1 soft root is logged in from there over SSH',
    '198.51.100.5 soft bob is logged in from there over SSH',
  ]);
});

test('logins of administrators, time servers, our own servers, settings and files', async () => {
  const login = Buffer.alloc(384);
  login.writeUInt16LE(7, 0);
  login.write('alice', 44);
  login.write('203.0.113.5', 76);
  const host = machine({
    '/etc/group': 'sudo:x:27:alice,bob\n',
    '/etc/chrony/chrony.conf': 'pool ntp.example.org iburst\n',
    '/etc/portsentry/portsentry.ignore': '0.0.0.0\n10.1.0.0/255.255.0.0\nrubbish\n',
  });
  login.writeUInt32LE(Math.floor(host.clock.nowMs() / 1000) - 3600, 340);
  const old = Buffer.from(login);
  old.write('203.0.113.6', 76);
  old.writeUInt32LE(1, 340);
  const other = Buffer.from(login);
  other.write('carol', 44);
  other.write('203.0.113.7', 76);
  host.disk.set('/var/log/wtmp', { content: Buffer.concat([old, other, login]), ctimeMs: 0, inode: 2 });
  const found = await words(
    host,
    sources({
      settings: { never: ['192.0.2.0/24'], neverFiles: ['/etc/portsentry/portsentry.ignore'] },
      services: [{ name: 'mail.example.org', why: 'the server of the notifier "mail"' }],
      resolve: (name) =>
        Promise.resolve(name === 'mail.example.org' ? ['198.51.100.25', '2001:db8::25'] : ['198.51.100.123']),
    }),
  );
  assert.deepEqual(found.slice(2), [
    '192.0.2.0/24 soft the setting answers.never',
    '0.0.0.0 soft /etc/portsentry/portsentry.ignore, line 1',
    '10.1.0.0/16 soft /etc/portsentry/portsentry.ignore, line 2',
    '203.0.113.5 soft alice was logged in from there in the last seven days',
    '198.51.100.25 soft the server of the notifier "mail": mail.example.org',
    '2001:db8::25 soft the server of the notifier "mail": mail.example.org',
    '198.51.100.123 soft a time server (/etc/chrony/chrony.conf): ntp.example.org',
  ]);
});

test('a machine that tells nothing still has loopback', async () => {
  const host = fakeHost();
  assert.deepEqual(
    (await neverBlock(host, sources(), on)).map(({ prefix }) => prefix),
    ['127.0.0.0/8', '::1'],
  );
});
