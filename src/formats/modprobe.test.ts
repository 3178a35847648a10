import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { linesOf } from '#lib/parse-lines.ts';
import { parseBinfmtConf, parseBinfmtStatus, parseModprobe } from './modprobe.ts';

test('parseModprobe() reads what is run when a module is loaded or removed', () => {
  const { rows, rejects } = parseModprobe(
    '# x\noptions a b=1\ninstall usb /tmp/x; \\\n/sbin/modprobe -i usb\nremove y /opt/z\nsoftdep ext4 pre: evil\nfrobnicate\n',
  );
  assert.deepEqual(
    rows.filter(({ verb }) => verb !== '').map(({ verb, module }) => `${verb} ${module}`),
    ['install usb', 'remove y', 'softdep ext4'],
  );
  assert.equal(rows.at(-1)?.command, 'pre: evil');
  assert.deepEqual(rejects, ['frobnicate']);
});

test('parseBinfmtConf() and parseBinfmtStatus() read formats and their interpreters', () => {
  const { rows, rejects } = parseBinfmtConf(':qemu:M:0:\\x7fELF::/usr/bin/qemu:OC\n:x:E::foo::/tmp/x:\nbad\n');
  assert.deepEqual(rows, [
    { name: 'qemu', interpreter: '/usr/bin/qemu', flags: 'OC', match: 'magic at 0' },
    { name: 'x', interpreter: '/tmp/x', flags: '', match: '*.foo' },
  ]);
  assert.deepEqual(rejects, ['bad']);
  const status = 'enabled\ninterpreter /usr/bin/python3.11\nflags: \noffset 0\nmagic a70d0d0a\n';
  assert.deepEqual(parseBinfmtStatus('python3.11', status), {
    name: 'python3.11',
    interpreter: '/usr/bin/python3.11',
    flags: '',
    match: 'magic at 0',
    enabled: true,
  });
  assert.equal(parseBinfmtStatus('status', 'enabled\n'), undefined);
});

test('parsers of modprobe.d and binfmt.d account for every line of any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (raw) => {
      const text = raw.replaceAll('\\', '/');
      for (const { rows, rejects } of [parseModprobe(text), parseBinfmtConf(text)])
        assert.equal(rows.length + rejects.length, linesOf(text).length);
    }),
  );
});
