import assert from 'node:assert/strict';
import test from 'node:test';
import { withoutSecrets } from './withheld.ts';

test('hashes of passwords are not kept, but locked and empty ones are told', () => {
  const text = 'root:$6$salt$hash:1:0:\nbin:*:1:0:\nopen::1:0:\nshut:!$6$a$b:1:0:\nodd\n';
  const told = withoutSecrets('/etc/shadow', text).split('\n');
  assert.match(told[0] ?? '', /^root:\[hash [0-9a-f]{8}\]:1:0:$/);
  assert.deepEqual(told.slice(1, 3), ['bin:*:1:0:', 'open::1:0:']);
  assert.match(told[3] ?? '', /^shut:!\[hash [0-9a-f]{8}\]/);
  assert.equal(told[4], 'odd');
});

test('a secret that changes gives other words, the same one the same', () => {
  const of = (secret: string): string => withoutSecrets('/etc/app.conf', `db_password = ${secret}`);
  assert.notEqual(of('one'), of('two'));
  assert.equal(of('one'), of('one'));
  assert.ok(!of('one').includes('one'));
});

test('private keys, named secrets and passwords in addresses go, the rest stays', () => {
  const key = '-----BEGIN OPENSSH PRIVATE KEY-----\nabc\ndef\n-----END OPENSSH PRIVATE KEY-----';
  const text = `port=1\n${key}\nurl = https://u:hunter2@host/x\npsk=hunter2\n  "apiKey": "hunter2",\n`;
  const told = withoutSecrets('/etc/app.conf', text);
  assert.ok(!/abc|def|hunter2/.test(told), told);
  assert.match(told, /^port=1$/m);
  assert.match(told, /^\[openssh private key [0-9a-f]{8}\]$/m);
  assert.match(told, /^url = https:\/\/u:\[[0-9a-f]{8}\]@host\/x$/m);
});

test('secrets among the arguments of commands go as well', () => {
  const told = withoutSecrets('/etc/cron.d/job', '0 1 * * * root mysqldump -phunter2 shop\nPermitRootLogin yes\n');
  assert.equal(told, '0 1 * * * root mysqldump -p[withheld] shop\nPermitRootLogin yes\n');
});

test('a key that is cut off is taken out to the end of the text', () => {
  assert.ok(!withoutSecrets('/etc/k', 'a\n-----BEGIN RSA PRIVATE KEY-----\nsecret').includes('secret'));
});

test('secrets of pppd are the third word', () => {
  const told = withoutSecrets('/etc/ppp/chap-secrets', '# comment here now\nme * hunter2 *');
  assert.match(told, /^# comment here now\nme \* \[withheld [0-9a-f]{8}\] \*$/);
});
