import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import { parseCmdline, shownCmdline, weakParameters } from './kernel-cmdline.ts';

test('parameters are split outside of quotes, "-" and "_" are one', () => {
  assert.deepEqual(
    parseCmdline('ro dyndbg="file x +p" module.sig-enforce=0 --  single\n').map(({ name, value }) => [name, value]),
    [
      ['ro', ''],
      ['dyndbg', 'file x +p'],
      ['module.sig_enforce', '0'],
      ['__', ''],
      ['single', ''],
    ],
  );
});

test('what may be a secret is not shown', () => {
  const shown = shownCmdline(
    parseCmdline('root=/dev/sda1 ip.password=hunter2 rd.luks.key=/x auth_token=abc keymap=de'),
  );
  assert.equal(shown, 'root=/dev/sda1 ip.password=… rd.luks.key=… auth_token=… keymap=de');
});

test('parameters that take a protection away are told', () => {
  const weak = (text: string): readonly string[] => weakParameters(parseCmdline(text));
  assert.deepEqual(weak('quiet mitigations=auto selinux=1'), []);
  assert.deepEqual(weak('mitigations=off nokaslr nokaslr init=/bin/sh'), [
    'mitigations=off: protections against flaws of the processor are off',
    'nokaslr: the kernel lies where an attack expects it',
    'init=/bin/sh: the machine boots into a root shell',
  ]);
});

test('any text is read without an error', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const parameters = parseCmdline(text);
      assert.ok(parameters.every((parameter) => !/["]/.test(parameter.text)));
    }),
  );
});
