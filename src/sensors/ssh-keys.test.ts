import assert from 'node:assert/strict';
import { test } from 'node:test';
import { captureFolder } from '../../test/lab/captured-folder.ts';
import sensor, { oddKeyLines, sshKeysListener } from './ssh-keys.ts';

const signal = new AbortController().signal;
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ2e8VyMAxh2dQbcwrnLxK4f1cQYfyhH2eXJcKXSl0sE';
const host = {
  '/etc/passwd': 'root:x:0:0::/root:/bin/sh\nbob:x:1001:1001::/home/bob:/bin/sh\neve:x:1002:1002::/home/eve:/bin/sh\n',
  '/etc/group': 'staff:x:50:eve\n',
  '/root/.ssh/authorized_keys': `${KEY} first\nrubbish\ncommand="x" ${KEY} again\n`,
  '/home/bob/.ssh/authorized_keys2': `${KEY} second file\n`,
};

test('ssh-keys: both files by default, a bad line between, and a key that stands twice', async () => {
  await using folder = await captureFolder(host);
  const { rows, gaps } = await sensor.look(folder.host, signal);
  assert.deepEqual(gaps, []);
  assert.deepEqual(
    rows.filter(({ kind }) => kind === 'key').map(({ account, file, comment, nth }) => [account, file, comment, nth]),
    [
      ['root', '/root/.ssh/authorized_keys', 'first', 1],
      ['root', '/root/.ssh/authorized_keys', 'again', 2],
      ['bob', '/home/bob/.ssh/authorized_keys2', 'second file', 1],
    ],
  );
  assert.deepEqual(
    oddKeyLines(folder.host).map(({ path, odd }) => [path, odd.map(({ line }) => line)]),
    [
      ['/etc/ssh/sshd_config', []],
      ['/root/.ssh/authorized_keys', [2]],
    ],
  );
});

test('ssh-keys: an account in the home of another is told apart as that', async () => {
  const passwd = `${host['/etc/passwd']}toor:x:0:0::/root:/bin/sh\n`;
  await using folder = await captureFolder({ ...host, '/etc/passwd': passwd });
  const { rows } = await sensor.look(folder.host, signal);
  const shared = rows.filter((row) => row.shared !== '').map(({ account, file, shared: by }) => [account, file, by]);
  assert.deepEqual([...new Set(shared.map(String))], ['toor,/root/.ssh/authorized_keys,root']);
});

test('ssh-keys: files, programs and authorities that sshd_config and what it includes name, Match too', async () => {
  await using folder = await captureFolder({
    ...host,
    '/etc/ssh/sshd_config': [
      'Include sshd_config.d/*.conf',
      'AuthorizedKeysFile .ssh/authorized_keys /etc/ssh/keys/%u',
      'TrustedUserCAKeys /etc/ssh/ca.pub',
      'Match Group staff',
      '  AuthorizedKeysFile %h/staff_keys',
      'Match Address 10.0.0.0/8',
      '  AuthorizedKeysCommand /usr/local/bin/keys %u',
    ].join('\n'),
    '/etc/ssh/sshd_config.d/10-root.conf': 'PermitRootLogin no\nMatch User bob\nAuthorizedKeysFile none\n',
    '/etc/ssh/keys/root': `${KEY} planted\n`,
    '/home/bob/.ssh/authorized_keys': `${KEY} not asked for\n`,
    '/etc/ssh/ca.pub': `${KEY} authority\n`,
    '/usr/local/bin/keys': { content: '#!/bin/sh\n', mode: 0o755 },
    '/home/eve/staff_keys': `${KEY} staff\n`,
    '/home/eve/.ssh/rc': 'id\n',
    '/etc/ssh/sshrc': 'id\n',
  });
  const { rows } = await sensor.look(folder.host, signal);
  assert.deepEqual(
    rows.filter(({ kind }) => kind !== 'key file').map(({ kind, account, file }) => `${kind} ${account} ${file}`),
    [
      'login script * /etc/ssh/sshrc',
      'user CA * /etc/ssh/ca.pub',
      'key command * /usr/local/bin/keys',
      'key root /root/.ssh/authorized_keys',
      'key root /root/.ssh/authorized_keys',
      'key root /etc/ssh/keys/root',
      'key eve /home/eve/staff_keys',
      'login script eve /home/eve/.ssh/rc',
    ],
  );
  assert.match(rows.find(({ account }) => account === 'root')?.login ?? '', /PermitRootLogin no/);
  const heard: string[] = [];
  const listening = await sshKeysListener.listen(
    {
      ...folder.host,
      fileEvents: async (wish, stop) => {
        heard.push(...wish.paths());
        return await folder.host.fileEvents(wish, stop);
      },
    },
    signal,
  );
  await listening[Symbol.asyncDispose]();
  for (const path of ['/etc/ssh', '/etc/ssh/keys/root', '/home/eve/staff_keys', '/home/eve/.ssh', '/root/.ssh'])
    assert.ok(heard.includes(path), path);
});

test('ssh-keys: who else may write a file of keys', async () => {
  await using folder = await captureFolder(host);
  folder.write('/root/.ssh/authorized_keys', { content: `${KEY}\n`, mode: 0o666 });
  const { rows } = await sensor.look(folder.host, signal);
  assert.deepEqual(
    rows.filter(({ kind }) => kind === 'key file').map(({ account, trouble }) => [account, trouble]),
    [
      ['root', 'everyone may write it'],
      ['bob', ''],
    ],
  );
});

test('ssh-keys: what an account may not read is no key of it, and its lines are shown nowhere', async () => {
  await using folder = await captureFolder(host);
  folder.write('/etc/secret', { content: `${KEY} root's\nhash:of:root\n`, mode: 0o600 });
  folder.write('/home/bob/.ssh/authorized_keys2', { link: '/etc/secret' });
  folder.write('/home/eve/.ssh/authorized_keys', `${KEY} x\n`.repeat(300));
  const { rows, gaps } = await sensor.look(folder.host, signal);
  const bobs = rows.filter(({ account }) => account === 'bob');
  assert.deepEqual(
    bobs.map(({ kind, trouble }) => [kind, trouble]),
    [['key file', 'the account itself may not read it']],
  );
  assert.ok(!oddKeyLines(folder.host).some(({ path }) => path.startsWith('/home/bob')));
  assert.ok(oddKeyLines(folder.host).every(({ path, secret }) => secret || path.startsWith('/etc')));
  assert.equal(rows.filter(({ account, kind }) => account === 'eve' && kind === 'key').length, 200);
  assert.deepEqual(gaps, [{ what: '/home/eve/.ssh/authorized_keys', why: '300 keys: only 200 are watched' }]);
});
