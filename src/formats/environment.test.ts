import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { linesOf } from '#lib/parse-lines.ts';
import { parseEnvironment, parsePamEnv } from './environment.ts';

test('parseEnvironment() and parsePamEnv() read assignments', () => {
  assert.deepEqual(parseEnvironment('# x\nexport PATH="/usr/bin"\nLD_PRELOAD=/tmp/x.so\nbad line\n'), {
    rows: [
      { name: '', value: '' },
      { name: 'PATH', value: '/usr/bin' },
      { name: 'LD_PRELOAD', value: '/tmp/x.so' },
    ],
    rejects: ['bad line'],
  });
  assert.deepEqual(parsePamEnv('LD_PRELOAD DEFAULT=/a OVERRIDE="/tmp/x"\nLANG\n1bad\n'), {
    rows: [
      { name: 'LD_PRELOAD', value: '/tmp/x' },
      { name: 'LANG', value: '' },
    ],
    rejects: ['1bad'],
  });
});

test('parsers of variables account for every line of any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (raw) => {
      const text = raw.replaceAll('\\', '/');
      for (const { rows, rejects } of [parseEnvironment(text), parsePamEnv(text)])
        assert.equal(rows.length + rejects.length, linesOf(text).length);
    }),
  );
});
