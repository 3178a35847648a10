import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { linesOf } from '#lib/parse-lines.ts';
import { execCommands, lastOf, listOf, parseUnit, templateOf, unitWords } from './systemd-unit.ts';

test('parseUnit() joins continued lines, passes over comments in between, and keeps odd lines as rejects', () => {
  const { directives, rejects } = parseUnit(
    'Lost=1\n[Service]\n; comment\nExecStart=/bin/a \\\n# inside\n  b \\\n  c\nUser = bob \nnonsense\n[Install]\nWantedBy=multi-user.target\n',
  );
  assert.deepEqual(rejects, ['Lost=1', 'nonsense']);
  assert.deepEqual(
    directives.map(({ section, key, value }) => [section, key, value.replace(/ +/g, ' ')]),
    [
      ['Service', 'ExecStart', '/bin/a b c'],
      ['Service', 'User', 'bob'],
      ['Install', 'WantedBy', 'multi-user.target'],
    ],
  );
});

test('listOf() forgets what stands before an empty assignment', () => {
  const { directives } = parseUnit('[Service]\nExecStart=/a\nExecStart=\nExecStart=/b\nUser=a\nUser=b\n');
  assert.deepEqual(listOf(directives, 'Service', 'ExecStart'), { values: ['/b'], reset: true });
  assert.equal(lastOf(directives, 'Service', 'User'), 'b');
});

test('execCommands() takes prefixes off, and the name that "@" gives', () => {
  assert.deepEqual(
    execCommands('-@/bin/sh sh -c "echo a; b" ; +/opt/x \\; y').map(({ words, privileged }) => [words, privileged]),
    [
      [['/bin/sh', '-c', 'echo a; b'], false],
      [['/opt/x', ';', 'y'], true],
    ],
  );
  assert.equal(execCommands('|echo hi')[0]?.shell, true);
});

test('unitWords() splits and unescapes as systemd does', () => {
  assert.deepEqual(unitWords(String.raw`"LD_PRELOAD=/a b" C=\x2fx 'd e' f\sg --x="y"`), [
    'LD_PRELOAD=/a b',
    'C=/x',
    'd e',
    'f g',
    '--x="y"',
  ]);
});

test('templateOf() finds the template of an instance', () => {
  assert.equal(templateOf('getty@tty1.service'), 'getty@.service');
  assert.equal(templateOf('ssh.service'), undefined);
  assert.equal(templateOf('getty@.service'), undefined);
});

test('parseUnit() accounts for every line of any text without continuations', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (raw) => {
      const text = raw.replaceAll('\\', '/');
      const { directives, rejects, silent } = parseUnit(text);
      assert.equal(directives.length + rejects.length + silent, linesOf(text).length);
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => Array.isArray(unitWords(text)) && parseUnit(text).silent >= 0),
  );
});
