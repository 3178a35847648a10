import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { loaderVariables } from './proc-environ.ts';
import { parseExecutableMaps } from './proc-maps.ts';
import { parseProcRights } from './proc-rights.ts';
import { interpreterIn, scriptOf } from './script-of.ts';

const status = (more = ''): Buffer =>
  Buffer.from(
    `Name:\tsleep\nTgid:\t12\nTracerPid:\t7\nUid:\t1000\t0\t0\t0\nNSpid:\t12\t1\nCapPrm:\t0000000000000080\nCapEff:\t0000000000000000\n${more}`,
  );

test('parseProcRights() tells ids, tracer, namespaces, and who may become anybody', () => {
  assert.deepEqual(parseProcRights(status()), {
    uids: [1000, 0, 0, 0],
    maySetUid: true,
    effective: '0000000000000000',
    tracerPid: 7,
    namespacePids: [12, 1],
  });
  assert.equal(parseProcRights(Buffer.from(status().toString().replace('0080', '0040')))?.maySetUid, false);
  assert.equal(parseProcRights(Buffer.from('Name:\tx\n')), undefined);
});

test('loaderVariables() takes three variables and never anything else', () => {
  const environ = Buffer.from(
    'HOME=/root\0LD_PRELOAD=/tmp/x.so\0OLD_PRELOAD=no\0PW=LD_PRELOAD=no\0LD_AUDIT=\0LD_LIBRARY_PATH=/opt/a\xff\0LD_BIND_NOW=1\0',
    'latin1',
  );
  assert.deepEqual(loaderVariables(environ), ['LD_PRELOAD=/tmp/x.so', String.raw`LD_LIBRARY_PATH=/opt/a\xff`]);
  assert.equal(loaderVariables(Buffer.from(`LD_PRELOAD=${'a'.repeat(5000)}`))[0]?.length, 532);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      for (const one of loaderVariables(Buffer.from(bytes))) assert.match(one, /^LD_(?:PRELOAD|AUDIT|LIBRARY_PATH)=./);
    }),
  );
});

test('parseExecutableMaps() adds up what may be run and comes from no file', () => {
  const { memory, rejects } = parseExecutableMaps(
    [
      '55d0c0000000-55d0c0002000 r--p 00000000 08:01 131 /usr/bin/perl',
      '55d0c0002000-55d0c0004000 r-xp 00002000 08:01 131 /usr/bin/perl',
      '7f0000000000-7f0000004000 rwxp 00000000 00:00 0 ',
      '7f0000010000-7f0000012000 r-xp 00000000 00:00 0 [anon:v8]',
      '7f0000020000-7f0000021000 r-xp 00000000 00:01 77 /memfd:x (deleted)',
      '7ffc00000000-7ffc00021000 rwxp 00000000 00:00 0                          [stack]',
      '7ffc00100000-7ffc00102000 r-xp 00000000 00:00 0                          [vdso]',
      'nonsense',
      '',
    ].join('\n'),
  );
  assert.deepEqual(memory, { writableKb: 16, anonymousKb: 8, stackKb: 132, gone: ['/memfd:x'] });
  assert.equal(rejects, 1);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const found = parseExecutableMaps(text);
      assert.ok(found.rejects <= text.split('\n').length);
    }),
  );
});

test('scriptOf() names the script and never the code', () => {
  const cases: readonly (readonly [exe: string, cmdline: string, script: string])[] = [
    ['/usr/bin/bash', '/bin/bash /usr/local/bin/backup.sh -v', '/usr/local/bin/backup.sh'],
    ['/usr/bin/bash', '-bash', ''],
    ['/usr/bin/bash', 'bash -i', ''],
    ['/usr/bin/bash', 'bash -lc secret --password=x', '-c'],
    ['/usr/bin/python3.13', 'python3 -u -W ignore /srv/app.py', '/srv/app.py'],
    ['/usr/bin/python3.13', 'python3 -m http.server', '-m http.server'],
    ['/usr/bin/perl', 'perl -MSocket -e code', '-c'],
    ['/usr/lib/jvm/bin/java', 'java -Xmx1g -jar /opt/app.jar', '/opt/app.jar'],
    ['/usr/bin/node', 'node --require x.js main.js', 'main.js'],
    ['/usr/sbin/sshd', 'sshd: marta [priv]', ''],
    ['/usr/bin/dash', 'sh -s', ''],
  ];
  for (const [exe, cmdline, script] of cases) assert.equal(scriptOf(exe, cmdline), script, cmdline);
  fc.assert(fc.property(fc.string(), (text) => scriptOf('/bin/sh', text).length <= 260));
});

test('interpreterIn() reads the first line as the kernel does', () => {
  assert.equal(interpreterIn('#!/bin/sh\n'), '/bin/sh');
  assert.equal(interpreterIn('#! /usr/bin/env python3\n'), '/usr/bin/env');
  assert.equal(interpreterIn('\u007fELF'), '');
});
