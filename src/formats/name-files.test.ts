import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { linesOf } from '#lib/parse-lines.ts';
import { makeTemp } from '#test/lab/temp.ts';
import { parseLdCache, parseLdConf, parsePreload } from './ld-so.ts';
import { parseNsswitch } from './nsswitch.ts';
import { parseHosts, parseResolvConf } from './resolver.ts';

const LDCONFIG = '/sbin/ldconfig';
const CACHE = '/etc/ld.so.cache';

test('parsePreload() splits at blanks and colons and leaves comments out', () => {
  assert.deepEqual(parsePreload('# a.so\n/x.so:/y.so /z.so#w.so\n\t v.so'), ['/x.so', '/y.so', '/z.so', 'v.so']);
});

test('parseLdConf() reads folders, types of old, includes and says what is none', () => {
  const { rows, odd } = parseLdConf(
    'include /etc/ld.so.conf.d/*.conf more/*.conf # x\n/usr/lib/=libc6\nlib\n# c\n/opt/lib//\n',
  );
  assert.deepEqual(rows, [
    { line: 1, kind: 'include', patterns: ['/etc/ld.so.conf.d/*.conf', 'more/*.conf'] },
    { line: 2, kind: 'folder', path: '/usr/lib' },
    { line: 5, kind: 'folder', path: '/opt/lib' },
  ]);
  assert.deepEqual(
    odd.map(({ line }) => line),
    [3],
  );
});

test('parseLdConf() reads the folders that ldconfig reads, whatever stands in the line', {
  skip: existsSync(LDCONFIG) ? false : 'no ldconfig',
}, async () => {
  await using temp = await makeTemp();
  const conf = join(temp.path, 'conf');
  const folder = (name: string): string => join(temp.path, name);
  for (const name of ['a', 'b', 'a\u00a0', 'x=y', 'sp ace']) mkdirSync(folder(name), { recursive: true });
  mkdirSync(folder('x'));
  const lines = [
    'a',
    'a ',
    '\va',
    'a\r',
    'a\u00a0',
    'a/',
    'a # c',
    'a#c',
    'a=libc6',
    'a =libc6',
    'x=y/b',
    'sp ace',
    'a//',
  ];
  for (const line of lines) {
    const text = `${line.startsWith('\v') ? '\v' : ''}${folder(line.replace('\v', ''))}\n`;
    writeFileSync(conf, text);
    const args = ['-v', '-N', '-X', '-f', conf, '-C', '/dev/null'];
    const said = spawnSync(LDCONFIG, args, { encoding: 'utf8', env: { LC_ALL: 'C' } }).stdout;
    const read = said
      .split('\n')
      .flatMap((each) => (each.startsWith(temp.path) ? each.replace(/: \(from .*/, '') : []));
    const { rows } = parseLdConf(text);
    assert.deepEqual(
      rows.map((row) => (row.kind === 'folder' ? row.path : '')),
      read,
      JSON.stringify(line),
    );
  }
});

test('parseLdCache() finds what ldconfig -p prints', {
  skip: existsSync(LDCONFIG) && existsSync(CACHE) ? false : 'no ldconfig',
}, () => {
  const printed = execFileSync(LDCONFIG, ['-p'], { encoding: 'utf8' }).matchAll(/ => (\S+)/g);
  const wanted = [...printed].map((match) => match[1] ?? '').sort();
  assert.deepEqual([...(parseLdCache(readFileSync(CACHE)) ?? [])].sort(), wanted);
});

test('parseLdCache() says no to what is damaged', () => {
  const bytes = Buffer.alloc(80);
  bytes.write('glibc-ld.so.cache1.1');
  bytes.writeUInt32LE(9000, 20);
  assert.equal(parseLdCache(bytes), undefined);
  assert.equal(parseLdCache(Buffer.from('x')), undefined);
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 60, maxLength: 200 }), (noise) => {
      const cache = Buffer.from(noise);
      cache.write('glibc-ld.so.cache1.1');
      parseLdCache(cache);
      return true;
    }),
  );
});

test('hosts, resolv.conf and nsswitch.conf are read past what is malformed', () => {
  const hosts = parseHosts(
    '127.0.0.1 localhost\nalone\n10.0.0.9\tSecurity.Debian.org alias # x\n10.0.0.1\nfe80::1%eth0 router\n\n',
  );
  assert.deepEqual(
    hosts.rows.map(({ address, names }) => [address, ...names].join(' ')),
    ['127.0.0.1 localhost', '10.0.0.9 security.debian.org alias', 'fe80::1%eth0 router'],
  );
  assert.deepEqual(
    hosts.odd.map(({ line }) => line),
    [2, 4],
  );
  const resolv = parseResolvConf(
    '; c\nnameserver 1.1.1.1\n nameserver 2.2.2.2\nnameserver x\nsearch a b\nfoo 1\noptions\n',
  );
  assert.deepEqual(
    resolv.rows.map(({ keyword, values }) => `${keyword} ${values.join(' ')}`),
    ['nameserver 1.1.1.1', 'search a b'],
  );
  assert.deepEqual(
    resolv.odd.map(({ line }) => line),
    [3, 4, 6, 7],
  );
  const nsswitch = parseNsswitch('passwd: files [NOTFOUND=return] sss # x\nhosts files\n');
  assert.deepEqual(nsswitch.rows[0]?.sources, ['files', '[NOTFOUND=return]', 'sss']);
  assert.equal(nsswitch.odd.length, 1);
});

test('all of them account for every line of any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      for (const parse of [parseHosts, parseResolvConf, parseNsswitch, parseLdConf]) {
        const { rows, skipped, odd } = parse(text);
        assert.equal(rows.length + skipped + odd.filter(({ ignored }) => ignored).length, linesOf(text).length);
      }
    }),
  );
});
