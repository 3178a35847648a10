import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import { linesOf } from '#lib/parse-lines.ts';
import { parseEnabledFunctions, parseKprobes, parseProbeEvents } from './kernel-hooks.ts';

test('probes are known by name and target, never by address', () => {
  const { rows, rejects } = parseProbeEvents(
    'p:kprobes/open do_sys_openat2 name=+0(%si):string\nr4:kprobes/ret getdents64\np:uprobes/bash /bin/bash:0x4245c0\np:x/y 0xffffffff81234567\ngarbage\n',
  );
  assert.deepEqual(
    rows.map(({ type, name, target, words }) => [type, name, target, words]),
    [
      ['p', 'kprobes/open', 'do_sys_openat2', 'name=+0(%si):string'],
      ['r', 'kprobes/ret', 'getdents64', ''],
      ['p', 'uprobes/bash', '/bin/bash:0x4245c0', ''],
      ['p', 'x/y', 'an address', ''],
    ],
  );
  assert.deepEqual(rejects, ['garbage']);
  assert.deepEqual(parseKprobes('ffffffff81234567  k  do_unlinkat+0x0    [FTRACE]\nx\n'), {
    rows: [{ type: 'k', name: '', target: 'do_unlinkat+0x0', words: '[FTRACE]' }],
    rejects: ['x'],
  });
  const enabled = parseEnabledFunctions(
    'tcp4_seq_show (1) R I  \ttramp: 0xffffffffa0000000 (x+0x0/0x10) ->y\nfilldir64 (2)\n\tops: x\n',
  );
  assert.deepEqual(enabled.rejects, []);
  assert.deepEqual(
    enabled.rows.map(({ target, words }) => `${target} ${words}`.trim()),
    ['tcp4_seq_show R I', 'filldir64', ''],
  );
});

test('every line of any text is accounted for', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      for (const parse of [parseProbeEvents, parseKprobes, parseEnabledFunctions]) {
        const { rows, rejects } = parse(text);
        assert.equal(rows.length + rejects.length, linesOf(text).length);
      }
    }),
  );
});
