import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseUdevRules } from './udev-rules.ts';

test('parseUdevRules() finds programs with their conditions', () => {
  const { programs, rejects } = parseUdevRules(
    [
      '# comment',
      'SUBSYSTEM=="net", ACTION=="add", RUN+="/tmp/x %k"',
      'KERNEL=="sd*", PROGRAM="ata_id --export $devnode", \\',
      '  SYMLINK+="x"',
      'IMPORT{program}="/opt/id"',
      'RUN{builtin}+="kmod load x", TAG+="y"',
      'RUN{builtin}+="kmod load $env{MODALIAS}"',
      'RUN{builtin}+="uaccess"',
      'RUN{program}+="/bin/sh -c \'/opt/y\'"',
      'nonsense here',
    ].join('\n'),
  );
  assert.deepEqual(
    programs.map(({ by, command, programs: paths, conditions }) => [by, command, paths, conditions]),
    [
      ['RUN', '/tmp/x %k', ['/tmp/x'], 'SUBSYSTEM=="net", ACTION=="add"'],
      ['PROGRAM', 'ata_id --export $devnode', ['/usr/lib/udev/ata_id'], 'KERNEL=="sd*"'],
      ['IMPORT', '/opt/id', ['/opt/id'], ''],
      ['RUN', 'kmod load x', [], ''],
      ['RUN', "/bin/sh -c '/opt/y'", ['/bin/sh', '/opt/y'], ''],
    ],
  );
  assert.deepEqual(rejects, ['nonsense here']);
});

test('parseUdevRules() ends for any text', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => parseUdevRules(text).programs.length >= 0));
});
