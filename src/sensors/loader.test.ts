import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { captureFolder } from '../../test/lab/captured-folder.ts';
import { needsRoot } from '../../test/lab/skip.ts';
import sensor, { oddLoaderLines } from './loader.ts';

const signal = new AbortController().signal;

test('loader: preloads with their files, folders with includes in order, and lines that are none', async () => {
  await using folder = await captureFolder({
    '/etc/ld.so.preload': '# comment\n/lib/x.so:/tmp/y.so\n',
    '/lib/x.so': 'x',
    '/etc/ld.so.conf': 'include ld.so.conf.d/*.conf\nrelative\n/opt/last\n',
    '/etc/ld.so.conf.d/20-b.conf': '/opt/b\n/opt/a\n',
    '/etc/ld.so.conf.d/10-a.conf': '/opt/a\ninclude /etc/ld.so.conf\n',
    '/opt/a/.keep': '',
    '/opt/b': { folder: true, mode: 0o777 },
  });
  const { rows, gaps } = await sensor.look(folder.host, signal);
  assert.deepEqual(gaps, []);
  assert.deepEqual(
    rows.map(({ kind, path, state, trouble }) => `${kind} ${path} ${state} ${trouble}`.trim()),
    [
      'preload /lib/x.so unknown',
      'preload /tmp/y.so missing',
      'folder /opt/a',
      'folder /opt/last',
      'folder /opt/b  everyone may write it',
    ],
  );
  assert.ok(oddLoaderLines(folder.host).some(({ path, odd }) => path === '/etc/ld.so.conf' && odd[0]?.line === 2));
});

test('loader: a file that includes itself many times over ends', async () => {
  await using folder = await captureFolder({
    '/etc/ld.so.conf': 'include ld.so.conf\n'.repeat(50),
  });
  assert.deepEqual((await sensor.look(folder.host, signal)).rows, []);
});

test('loader: the folders of a cache that ldconfig made', {
  skip: needsRoot() || (existsSync('/sbin/ldconfig') ? false : 'no ldconfig'),
}, async () => {
  await using folder = await captureFolder({ '/etc/ld.so.conf': '/opt/planted\n', '/usr/lib/.keep': '' });
  mkdirSync(join(folder.path, 'opt/planted'), { recursive: true });
  const [library] = execFileSync('/sbin/ldconfig', ['-p'], { encoding: 'utf8' }).match(/\/\S*libc\.so\.6/) ?? [];
  execFileSync('/bin/cp', ['-L', library ?? '', join(folder.path, 'opt/planted/libplanted.so.1')]);
  symlinkSync('usr/lib', join(folder.path, 'lib'));
  execFileSync('/sbin/ldconfig', ['-r', folder.path]);
  const { rows, gaps } = await sensor.look(folder.host, signal);
  assert.deepEqual(gaps, []);
  assert.deepEqual(
    rows.filter(({ kind }) => kind === 'cached folder').map(({ path }) => path),
    ['/opt/planted'],
  );
  folder.write('/etc/ld.so.cache', 'damaged');
  assert.match((await sensor.look(folder.host, signal)).gaps[0]?.why ?? '', /damaged/);
});
