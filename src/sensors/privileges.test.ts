import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDoasConf } from '#formats/doas-conf.ts';
import { captureFolder } from '../../test/lab/captured-folder.ts';
import sensor, { oddPrivilegeLines } from './privileges.ts';

const signal = new AbortController().signal;
const strict = (content: string) => ({ content, mode: 0o440 });

test('privileges: aliases, includes by their names, Defaults without a password, and what is malformed', async () => {
  await using folder = await captureFolder({
    '/etc/sudoers': strict(
      'Defaults env_reset\nDefaults:OPS !authenticate\nUser_Alias OPS = marta, eve\nCmnd_Alias NET = /sbin/ip, LOOP\nCmnd_Alias LOOP = NET, /bin/true\n' +
        'root ALL=(ALL:ALL) ALL\nOPS ALL = NET\nbroken\nALL, !eve ALL = (postgres) PASSWD: /bin/ls\n@includedir sudoers.d\n',
    ),
    '/etc/sudoers.d/bob': strict('bob ALL=(ALL) NOPASSWD: ALL\n'),
    '/etc/sudoers.d/bob.conf': strict('mallory ALL=(ALL) NOPASSWD: ALL\n'),
    '/etc/sudoers.d/bob~': strict('mallory ALL=(ALL) NOPASSWD: ALL\n'),
    '/etc/sudoers.d/bad': { folder: true, mode: 0o755 },
  });
  const { rows, gaps } = await sensor.look(folder.host, signal);
  assert.deepEqual(gaps, [{ what: '/etc/sudoers.d/bad', why: 'EISDIR' }]);
  assert.deepEqual(
    rows.filter(({ kind }) => kind !== 'file').map((row) => `${row.who} ${row.runAs} ${row.command} ${row.password}`),
    [
      '  env_reset asked',
      ':OPS  !authenticate asked',
      'root ALL:ALL ALL asked',
      'marta root /sbin/ip, NET, /bin/true not asked',
      'eve root /sbin/ip, NET, /bin/true not asked',
      'ALL except eve postgres /bin/ls asked',
      'bob ALL ALL not asked',
    ],
  );
  assert.deepEqual(
    oddPrivilegeLines(folder.host).flatMap(({ path, odd }) => odd.map(({ line }) => `${path} ${line}`)),
    ['/etc/sudoers 8'],
  );
});

test('privileges: doas, polkit in both forms, and files that others may write', async () => {
  await using folder = await captureFolder({
    '/etc/doas.conf': {
      content: 'permit nopass keepenv :wheel\npermit bob as www cmd ls args -l /x\ndeny eve\nbad\n',
      mode: 0o666,
    },
    '/etc/polkit-1/rules.d/50-x.rules': 'polkit.addRule(function(a, s) { return polkit.Result.YES; });\n',
    '/etc/polkit-1/rules.d/readme.txt': '',
    '/etc/polkit-1/localauthority/50-local.d/a.pkla':
      '[Free]\nIdentity=unix-user:bob\nAction=org.freedesktop.*\nResultActive=yes\n',
  });
  const { rows } = await sensor.look(folder.host, signal);
  assert.deepEqual(
    rows
      .filter(({ kind }) => kind !== 'file')
      .map((row) => `${row.kind} ${row.who} ${row.runAs} ${row.command} ${row.password}`),
    [
      'doas %wheel ALL ALL not asked',
      'doas bob www ls -l /x asked',
      'doas eve ALL ALL denied',
      'polkit script root /etc/polkit-1/rules.d/50-x.rules not asked',
      'polkit unix-user:bob root org.freedesktop.* not asked',
    ],
  );
  assert.equal(
    rows.find(({ kind, file }) => kind === 'file' && file === '/etc/doas.conf')?.trouble,
    'everyone may write it',
  );
  assert.deepEqual(
    parseDoasConf('permit setenv { A=b -C } bob # x\npermit\npermit bob as\n').odd.map(({ line }) => line),
    [2, 3],
  );
});
