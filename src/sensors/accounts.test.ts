import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Look } from '#model/sensor.ts';
import { type CapturedFolder, captureFolder } from '../../test/lab/captured-folder.ts';
import sensor, { type AccountRow } from './accounts.ts';
import groupSensor from './groups.ts';

const signal = new AbortController().signal;
const HASH = '$y$j9T$abcdefgh$0123456789012345678901234567890123456789012';

const sound = {
  '/bin/bash': '',
  '/bin/sh': '',
  '/etc/passwd':
    'root:x:0:0:root:/root:/bin/bash\nwww-data:x:33:33::/var/www:/usr/sbin/nologin\nbob:x:1001:1001:B:/home/bob:/bin/bash\n',
  '/etc/shadow': `root:${HASH}:20000:0:99999:7:::\nwww-data:*:19000:0:99999:7:::\nbob:!${HASH}:19000:0:99999:7:::\n`,
  '/etc/group': 'root:x:0:\nsudo:x:27:bob\nbob:x:1001:\n',
  '/etc/gshadow': 'root:*::\nsudo:*:marta:bob\n',
  '/etc/subuid': 'bob:100000:65536\n',
};

const look = (folder: CapturedFolder): Promise<Look<AccountRow>> => sensor.look(folder.host, signal);
const named = (rows: readonly AccountRow[], name: string, nth = 1): AccountRow | undefined =>
  rows.find((row) => row.name === name && row.nth === nth);

test('accounts: who may log in, with what, and no hash in any row', async () => {
  await using folder = await captureFolder(sound);
  const { rows, gaps } = await look(folder);
  assert.deepEqual(gaps, []);
  assert.deepEqual(
    rows.map(({ name, login, password, subids }) => [name, login, password, subids]),
    [
      ['root', 'with a password', 'set', []],
      ['www-data', 'no', 'none', []],
      ['bob', 'with a key only', 'locked', ['uid 100000+65536']],
    ],
  );
  assert.equal(named(rows, 'root')?.passwordDay, '2024-10-04');
  assert.ok(!JSON.stringify(rows).includes('j9T'), 'a hash');
});

test('accounts: a line put first is the one that counts, and another password is another mark', async () => {
  await using folder = await captureFolder(sound);
  const before = (await look(folder)).rows;
  folder.write('/etc/passwd', `root::0:0::/:/bin/sh\n${sound['/etc/passwd']}toor:x:+0:0\n`);
  folder.write('/etc/shadow', sound['/etc/shadow'].replace('012345', '999999'));
  const { rows } = await look(folder);
  assert.equal(named(rows, 'root')?.login, 'without a password');
  assert.equal(named(rows, 'root')?.passwordPlace, 'passwd');
  assert.equal(named(rows, 'root', 2)?.login, 'with a password');
  assert.notEqual(named(rows, 'root', 2)?.passwordMark, named(before, 'root')?.passwordMark);
  assert.deepEqual([named(rows, 'toor')?.uid, named(rows, 'toor')?.sameUid], [0, 'root']);
  assert.equal(named(rows, 'toor')?.password, 'missing');
});

test('accounts: lines for NIS let in only where nsswitch.conf says compat', async () => {
  await using folder = await captureFolder({ ...sound, '/etc/passwd': `${sound['/etc/passwd']}+::::::\n` });
  assert.equal(named((await look(folder)).rows, '+')?.login, 'no');
  folder.write('/etc/nsswitch.conf', 'passwd: files\npasswd: compat\n');
  assert.equal(named((await look(folder)).rows, '+')?.login, 'by NIS');
});

test('accounts: an expiry that has passed and a shell that is not there close an account', async () => {
  await using folder = await captureFolder({
    ...sound,
    '/etc/shadow': sound['/etc/shadow'].replace('7:::\nwww', '7::20000:\nwww').replace('bob:!', 'bob:'),
    '/etc/passwd': sound['/etc/passwd'].replace('/home/bob:/bin/bash', '/home/bob:/bin/zsh'),
  });
  const { rows } = await look(folder);
  assert.deepEqual(
    rows.map(({ login }) => login),
    ['no', 'no', 'no'],
  );
  assert.equal(named(rows, 'root')?.expires, '2024-10-04');
});

test('accounts: a folder instead of shadow is a gap, and passwd is read all the same', async () => {
  await using folder = await captureFolder(sound);
  folder.write('/etc/shadow', { folder: true, mode: 0o755 });
  const { rows, gaps } = await look(folder);
  assert.equal(rows.length, 3);
  assert.deepEqual(gaps, [{ what: '/etc/shadow', why: 'EISDIR' }]);
});

test('accounts: a row names the file whose part of it changed', async () => {
  await using folder = await captureFolder(sound);
  const fileOf = async (): Promise<string | undefined> => named((await look(folder)).rows, 'root')?.file;
  assert.equal(await fileOf(), '/etc/passwd');
  folder.write('/etc/shadow', sound['/etc/shadow'].replace('012345', '999999'));
  assert.equal(await fileOf(), '/etc/shadow');
  assert.equal(await fileOf(), '/etc/shadow');
  folder.write('/etc/passwd', sound['/etc/passwd'].replace('/root:', '/:'));
  assert.equal(await fileOf(), '/etc/passwd');
});

test('accounts: a list that is not there says nothing of those in it', async () => {
  await using folder = await captureFolder(sound);
  folder.remove('/etc/passwd');
  const gone = { what: '/etc/passwd', why: 'it is not there' };
  assert.deepEqual(await look(folder), { rows: [], gaps: [gone], by: '/etc/passwd' });
  assert.deepEqual((await groupSensor.look(folder.host, signal)).gaps, [gone]);
});
