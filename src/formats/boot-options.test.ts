import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import { parseBootLine, parseBootOptions } from './boot-options.ts';
import type { Parameter } from './kernel-cmdline.ts';

const texts = (parameters: readonly Parameter[]): string[] => parameters.map(({ text }) => text);

test('what /etc/default/grub assigns', () => {
  const text = `# GRUB_CMDLINE_LINUX="commented=1"
GRUB_DEFAULT=0
GRUB_CMDLINE_LINUX_DEFAULT="quiet apparmor=0" # not this
export GRUB_CMDLINE_LINUX='$GRUB_CMDLINE_LINUX init=/tmp/x'
GRUB_CMDLINE_LINUX+=nokaslr
GRUB_CMDLINE_XEN="dom0=\\
mitigations=off"
`;
  assert.deepEqual(texts(parseBootOptions(text)), [
    'quiet',
    'apparmor=0',
    '$GRUB_CMDLINE_LINUX',
    'init=/tmp/x',
    'nokaslr',
    'dom0=',
    'mitigations=off',
  ]);
});

test('what boot loaders pass on, once', () => {
  const text = `menuentry 'Debian' {
\tlinux\t/boot/vmlinuz-6.1 root=/dev/sda1 ro quiet
\tinitrd /boot/initrd
}
 linuxefi /vmlinuz ro single
title x
options root=/dev/sda2 rw
  APPEND audit=0
`;
  assert.deepEqual(texts(parseBootOptions(text)), [
    'root=/dev/sda1',
    'ro',
    'quiet',
    'single',
    'root=/dev/sda2',
    'rw',
    'audit=0',
  ]);
});

test('a file that is a command line', () => {
  assert.deepEqual(texts(parseBootLine('# kernel-install\nquiet selinux=0\n')), ['quiet', 'selinux=0']);
});

test('any text is read without an error', () => {
  const lines = fc.array(fc.oneof(fc.constantFrom('GRUB_CMDLINE_LINUX="', 'linux /x ', 'options ', '\\'), fc.string()));
  fc.assert(
    fc.property(lines, (parts) => {
      const text = parts.join('\n');
      assert.ok(parseBootOptions(text).every((parameter) => parameter.text !== ''));
      assert.ok(Array.isArray(parseBootLine(text)));
    }),
  );
});
