import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { linesOf } from '#lib/parse-lines.ts';
import { parseDpkgCfg } from './dpkg-cfg.ts';
import { parseRotateHooks } from './logrotate-hooks.ts';
import { aliasPrograms, forwardPrograms } from './mail-aliases.ts';
import { syslogPrograms } from './rsyslog-programs.ts';

test('parseDpkgCfg() finds the options that run something', () => {
  const { rows } = parseDpkgCfg('# x\nno-debsig\nlog /var/log/dpkg.log\npost-invoke="/tmp/x"\npre-invoke /opt/y a\n');
  assert.deepEqual(
    rows.filter(({ option }) => option !== ''),
    [
      { option: 'post-invoke', command: '/tmp/x' },
      { option: 'pre-invoke', command: '/opt/y a' },
    ],
  );
});

test('parseRotateHooks() finds scripts and the logs that they belong to', () => {
  const text =
    'compresscmd /opt/zip\n/var/log/nginx/*.log {\n daily\n postrotate\n  invoke-rc.d nginx rotate\n  /tmp/x\n endscript\n}\n/var/log/y {\n prerotate\n never ended\n';
  assert.deepEqual(parseRotateHooks(text), [
    { hook: 'compresscmd', logs: '', script: '/opt/zip' },
    { hook: 'postrotate', logs: '/var/log/nginx/*.log', script: 'invoke-rc.d nginx rotate\n/tmp/x' },
    { hook: 'prerotate', logs: '/var/log/y', script: 'never ended\n' },
  ]);
});

test('syslogPrograms() finds programs in every way of saying it', () => {
  const text = [
    '# action(type="omprog" binary="/no")',
    'action(type="omprog"',
    '  binary="/tmp/x --a")',
    '$ActionOMProgBinary /opt/y',
    '*.* ^/opt/z;tpl',
    'destination d { program("/opt/ng"); };',
  ].join('\n');
  assert.deepEqual(
    syslogPrograms(text).map(({ by, command }) => `${by} ${command}`),
    ['omprog /tmp/x --a', 'omprog /opt/y', 'shell /opt/z', 'program /opt/ng'],
  );
});

test('aliasPrograms() and forwardPrograms() find pipes', () => {
  assert.deepEqual(
    aliasPrograms(
      'postmaster: root\n# x: |/no\ndecode: "|/tmp/x -a"\nlist: bob,\n  "|/opt/y"\nm: :include:/etc/list\n',
    ),
    [
      { name: 'decode', command: '/tmp/x -a' },
      { name: 'list', command: '/opt/y' },
      { name: 'm', command: ':include:/etc/list' },
    ],
  );
  assert.deepEqual(
    forwardPrograms('bob@example.org, "|/usr/bin/procmail"\n|/tmp/z\n').map(({ command }) => command),
    ['/usr/bin/procmail', '/tmp/z'],
  );
});

test('readers of hooks end for any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const { rows, rejects } = parseDpkgCfg(text);
      assert.equal(rows.length + rejects.length, linesOf(text).length);
      for (const found of [parseRotateHooks(text), syslogPrograms(text), aliasPrograms(text), forwardPrograms(text)])
        assert.ok(Array.isArray(found));
    }),
  );
});
