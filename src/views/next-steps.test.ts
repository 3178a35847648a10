import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { shellQuote } from '#lib/shell-quote.ts';
import { stepsOf, withoutGone } from './next-steps.ts';

test('withoutGone() leaves out what asks /proc of a process, and nothing else', () => {
  assert.equal(
    withoutGone("ls -l /proc/4242/exe; telltale sockets port 4444; sha256sum -- '/tmp/x' /proc/4242/exe; ls '/x'"),
    "telltale sockets port 4444; ls '/x'",
  );
  assert.equal(withoutGone('cat /proc/modules; dmesg'), 'cat /proc/modules; dmesg');
  assert.equal(withoutGone('ls -l /proc/1/exe'), '');
});

test('a name is never cut in two, whatever is in it', () => {
  const hostile = shellQuote("/tmp/a'; ls /proc/1/x; 'b");
  assert.deepEqual(stepsOf(`sha256sum -- ${hostile}; ls`), [`sha256sum -- ${hostile}`, 'ls']);
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 4 }), (names) => {
      const steps = names.map((name) => `ls -l -- ${shellQuote(name)}`);
      assert.deepEqual(stepsOf(steps.join('; ')), steps);
    }),
  );
});
