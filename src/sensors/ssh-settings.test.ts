import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { captureFolder } from '../../test/lab/captured-folder.ts';
import { needsRoot } from '../../test/lab/skip.ts';
import sensor from './ssh-settings.ts';

const signal = new AbortController().signal;
const SSHD = '/usr/sbin/sshd';
const KEYGEN = '/usr/bin/ssh-keygen';
const skip = needsRoot() || (existsSync(SSHD) ? false : 'needs openssh-server');

test('ssh-settings: the first line counts, defaults are rows, a Match is its own', async () => {
  await using folder = await captureFolder({
    '/etc/ssh/sshd_config':
      'Port 22\nPort 2222\nPermitRootLogin no\nPermitRootLogin yes\nBad "\nMatch User a\nX11Forwarding yes\n',
    '/etc/default/ssh': '# SSHD_OPTS=a\nSSHD_OPTS=\nSSHD_OPTS="-o PermitRootLogin=yes"\n',
    '/etc/ssh/ssh_host_rsa_key': { content: 'an old form', mode: 0o640 },
  });
  const { rows, gaps } = await sensor.look(folder.host, signal);
  assert.deepEqual(gaps, []);
  const of = (name: string, condition = ''): string | undefined =>
    rows.find((row) => row.name === name && row.condition === condition)?.value;
  assert.equal(of('port'), '22, 2222');
  assert.equal(of('permitrootlogin'), 'no');
  assert.equal(of('command line'), '-o PermitRootLogin=yes');
  assert.equal(of('passwordauthentication'), 'yes');
  assert.equal(of('x11forwarding', 'User a'), 'yes');
  assert.deepEqual(
    rows.filter(({ kind }) => kind === 'host key').map(({ value, trouble }) => [value, trouble]),
    [['unreadable', 'others may read it']],
  );
});

test('ssh-settings: a host without sshd has no settings', async () => {
  await using folder = await captureFolder({ '/etc/passwd': '' });
  assert.deepEqual(await sensor.look(folder.host, signal), { rows: [], gaps: [], by: 'sshd_config' });
});

/** Hand-made, with what is easy to read wrongly; no Match, for `sshd -T` then asks who connects. */
const CONFIG = `# a comment
Include sshd_config.d/*.conf
PermitRootLogin = yes # again
PasswordAuthentication yes
"AllowUsers" bob@10.0.0.* 'eve'
AllowUsers marta
ChallengeResponseAuthentication no
GatewayPorts clientspecified
AuthorizedKeysFile .ssh/authorized_keys "/etc/ssh/keys/%u"
LogLevel VERBOSE
Port 2222
Port 22
StrictModes no
=PermitEmptyPasswords yes
PermitTunnel point-to-point
`;

test('ssh-settings: what is read is what sshd -T says', { skip }, async () => {
  await using folder = await captureFolder({
    '/etc/ssh/sshd_config': CONFIG,
    '/etc/ssh/sshd_config.d/50-first.conf': 'PermitRootLogin forced-commands-only\nUsePAM yes\n',
    '/etc/ssh/sshd_config.d/60-second.conf': 'UsePAM no\nX11Forwarding yes\n',
    '/etc/ssh/sshd_config.d/ignored.txt': 'X11Forwarding no\n',
  });
  const key = join(folder.path, 'etc/ssh/ssh_host_ed25519_key');
  execFileSync(KEYGEN, ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  const { rows } = await sensor.look(folder.host, signal);
  // sshd takes relative Includes from /etc/ssh: it is asked in a mount namespace where that is our folder.
  const script = `mount --bind "$1/etc/ssh" /etc/ssh && mount -t tmpfs none /run && mkdir /run/sshd && exec ${SSHD} -T`;
  const said = execFileSync('/usr/bin/unshare', ['-m', '/bin/sh', '-c', script, 'sh', folder.path], {
    encoding: 'utf8',
  });
  const wanted = new Map<string, string>();
  for (const line of said.trim().split('\n')) {
    const [, name = '', value = ''] = /^(\S+) ?(.*)$/.exec(line) ?? [];
    wanted.set(name, wanted.has(name) ? `${wanted.get(name)}, ${value}` : value);
  }
  const settings = rows.filter(({ kind }) => kind === 'setting');
  const words = (text: string): string =>
    text
      .toLowerCase()
      .replace('without-password', 'prohibit-password')
      .split(/[\s,]+/)
      .sort()
      .join(' ');
  for (const { name, value, set } of settings) {
    if (!set && value === '') continue;
    assert.equal(words(value), words(wanted.get(name) ?? 'missing'), name);
  }
  assert.ok(settings.length > 30);
  const [, fingerprint] = execFileSync(KEYGEN, ['-l', '-f', `${key}.pub`], { encoding: 'utf8' }).split(' ');
  assert.equal(rows.find(({ kind }) => kind === 'host key')?.value, `ED25519 ${fingerprint}`);
  assert.ok(!JSON.stringify(rows).includes(readFileSync(key, 'utf8').slice(50, 80)));
});
