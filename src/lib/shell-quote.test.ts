import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { visible } from './escape.ts';
import { shellQuote } from './shell-quote.ts';

test('shellQuote() leaves plain words and quotes the rest', () => {
  assert.equal(shellQuote('/usr/sbin/nginx'), '/usr/sbin/nginx');
  assert.equal(shellQuote('/tmp/$(reboot)'), "'/tmp/$(reboot)'");
  assert.equal(shellQuote("it's"), String.raw`'it'\''s'`);
  assert.equal(shellQuote(''), "''");
  assert.equal(shellQuote('-rf'), "'-rf'");
  assert.equal(shellQuote('~root'), "'~root'");
  assert.equal(shellQuote('a\nb'), String.raw`$'a\x0ab'`);
});

test('bash reads back exactly what was quoted', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 40 }), { minLength: 1, maxLength: 30 }), (texts) => {
      const sane = texts.map((text) => text.replaceAll('\0', '').toWellFormed());
      const command = `printf '%s\\0' ${sane.map(shellQuote).join(' ')}`;
      const printed = execFileSync('/bin/bash', ['-c', command], { encoding: 'utf8' });
      assert.deepEqual(printed.split('\0').slice(0, -1), sane);
      for (const text of sane) assert.equal(visible(shellQuote(text)).includes('\u001b'), false);
    }),
    { numRuns: 25 },
  );
});
