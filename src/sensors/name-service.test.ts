import assert from 'node:assert/strict';
import { test } from 'node:test';
import { captureFolder } from '../../test/lab/captured-folder.ts';
import sensor, { oddNameLines } from './name-service.ts';

const signal = new AbortController().signal;

test('name-service: hosts past bad lines and bytes, servers by the link, the last line of a database', async () => {
  await using folder = await captureFolder({
    '/etc/hosts': Buffer.concat([
      Buffer.from('127.0.0.1 localhost\nalone\n'),
      Buffer.from([0x31, 0xff, 0x0a]),
      Buffer.from('10.0.0.9 Security.Debian.org\n10.0.0.9 security.debian.org\n'),
    ]),
    '/etc/resolv.conf': { link: '../run/resolve/resolv.conf' },
    '/run/resolve/resolv.conf': 'nameserver 1.1.1.1\nnameserver 2.2.2.2\ndomain a\nsearch b c\noptions edns0\n',
    '/etc/nsswitch.conf': 'hosts: files\nhosts: files dns\n',
    '/etc/host.conf': 'multi on # x\n',
  });
  const { rows, gaps } = await sensor.look(folder.host, signal);
  assert.deepEqual(gaps, []);
  assert.deepEqual(
    rows.map(({ kind, name, value, file }) => `${kind} ${name} ${value} ${file}`),
    [
      'host localhost 127.0.0.1 /etc/hosts',
      'host security.debian.org 10.0.0.9 /etc/hosts',
      'resolver servers 1.1.1.1, 2.2.2.2 /run/resolve/resolv.conf',
      'resolver search b, c /run/resolve/resolv.conf',
      'resolver options edns0 /run/resolve/resolv.conf',
      'sources hosts files dns /etc/nsswitch.conf',
      'setting /etc/host.conf multi on /etc/host.conf',
    ],
  );
  assert.deepEqual(
    oddNameLines(folder.host)[0]?.odd.map(({ line }) => line),
    [2, 3],
  );
});

test('name-service: a list of a hundred thousand names is a thousand rows and one more that changes with the rest', async () => {
  const list = (last: string): string =>
    `${Array.from({ length: 100_000 }, (_, index) => `0.0.0.0 a${index}.example`).join('\n')}\n0.0.0.0 ${last}\n`;
  await using folder = await captureFolder({ '/etc/hosts': list('x') });
  const { rows } = await sensor.look(folder.host, signal);
  const more = rows.at(-1);
  assert.deepEqual([rows.length, more?.kind, more?.count], [1001, 'more hosts', 99_001]);
  folder.write('/etc/hosts', list('y'));
  assert.notEqual((await sensor.look(folder.host, signal)).rows.at(-1)?.value, more?.value);
});
