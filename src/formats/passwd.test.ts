import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { linesOf } from '#lib/parse-lines.ts';
import { parsePasswd } from './passwd.ts';

test('parsePasswd() reads users and sets aside what is none', () => {
  const { rows, rejects } = parsePasswd(
    'root:x:0:0:root:/root:/bin/bash\n+::::::\nbad:x:-1:0::/:/bin/sh\nmarta:x:1000:1000:M,,,:/home/marta:/bin/zsh\nshort:x:1\n',
  );
  assert.deepEqual(
    rows.map(({ name, uid }) => [name, uid]),
    [
      ['root', 0],
      ['marta', 1000],
    ],
  );
  assert.equal(rejects.length, 3);
});

test('parsePasswd() accounts for every line of any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const { rows, rejects } = parsePasswd(text);
      assert.equal(rows.length + rejects.length, linesOf(text).length);
    }),
  );
});
