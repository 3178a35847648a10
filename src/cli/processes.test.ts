import assert from 'node:assert/strict';
import test from 'node:test';
import type { Row } from '#model/table.ts';
import type { MarkedRow } from '#model/verbs.ts';
import { processFilter } from './process-filter.ts';
import { processLines, withFamily } from './process-lines.ts';
import { makeTerminal } from './terminal.ts';

const base: Row = {
  pid: 1,
  parentPid: 0,
  user: 'root',
  uid: 0,
  cpu: '0.1',
  cpuMs: 62_000,
  residentKb: 12_000,
  tty: '?',
  state: 'S',
  startedMs: 0,
  exe: '/usr/lib/systemd/systemd',
  script: '',
  comm: 'systemd',
  cmdline: '/sbin/init',
  unit: 'init.scope',
  from: 'init.scope',
  package: 'systemd',
  packageState: 'packaged',
  session: '',
  signs: [],
  kernel: false,
};
const at = (row: Partial<Record<keyof typeof base, unknown>>, mark: MarkedRow['mark'] = 'known'): MarkedRow => ({
  row: { ...base, ...row } as Row,
  mark,
  sinceMs: 0,
});
const rows = [
  at({}),
  at({ pid: 800, parentPid: 1, comm: 'apache2', exe: '/usr/sbin/apache2', cmdline: '/usr/sbin/apache2 -k start' }),
  at(
    {
      pid: 4700,
      parentPid: 800,
      user: 'www-data',
      uid: 33,
      comm: 'sh',
      exe: '/usr/bin/dash',
      cmdline: 'sh -c \u001b[2J',
    },
    'new',
  ),
  at(
    {
      pid: 4711,
      parentPid: 4700,
      user: 'www-data',
      uid: 33,
      comm: 'x',
      cmdline: './x',
      packageState: 'unpackaged',
      package: '',
      signs: ['deleted'],
    },
    'new',
  ),
  at({ pid: 900, parentPid: 1, comm: 'cron', exe: '/usr/sbin/cron', cmdline: '/usr/sbin/cron -f' }),
  at({ pid: 2, parentPid: 0, comm: 'kthreadd', cmdline: '', exe: '', kernel: true }),
];
const terminal = (columns?: number) =>
  makeTerminal({
    env: { NO_COLOR: '1' },
    tty: columns !== undefined,
    columns,
    argv: ['--ascii'],
    write: () => undefined,
  });

test('processFilter() combines words, and says what was probably meant', () => {
  const find = (...words: string[]): unknown[] =>
    rows.filter(({ row }) => processFilter(words)(row)).map(({ row }) => row['pid']);
  assert.deepEqual(find('user', 'www-data', 'program', 'dash'), [4700]);
  assert.deepEqual(find('user', '33'), [4700, 4711]);
  assert.deepEqual(find('pid', '900'), [900]);
  assert.deepEqual(find('package', 'systemd', 'program', 'cron'), [900]);
  assert.throws(() => find('usr', 'x'), /Unknown filter "usr" \(did you mean "user"\?\)/);
  assert.throws(() => find('user'), /wants a value/);
  assert.throws(() => find('pid', '1e3'), /Cannot read pid/);
});

test('withFamily() keeps the way up and all that is below', () => {
  const kept = withFamily(rows, ({ row }) => row['pid'] === 4700).map(({ row }) => row['pid']);
  assert.deepEqual(kept, [1, 800, 4700, 4711]);
  const loop = [at({ pid: 5, parentPid: 6 }), at({ pid: 6, parentPid: 5 })];
  assert.equal(withFamily(loop, ({ row }) => row['pid'] === 5).length, 2);
});

test('processLines() draws a tree, and nothing in it moves the cursor', () => {
  const lines = processLines(terminal(), rows, { tree: true, nowMs: 60_000 });
  const commands = lines.slice(1).map((line) => line.slice((lines[0] ?? '').indexOf('COMMAND')));
  assert.deepEqual(
    commands.map((command) => command.trimEnd()),
    [
      '/sbin/init',
      '`- /usr/sbin/apache2 -k start',
      '  `- sh -c \\u{1b}[2J',
      '    `- ./x',
      '`- /usr/sbin/cron -f',
      '[kthreadd]',
    ],
  );
  assert.ok(!lines.join('').includes('\u001b'));
});

test('processLines() keeps mark, pid, user and command however narrow the terminal is', () => {
  const lines = processLines(terminal(60), rows, { tree: false, nowMs: 60_000 });
  assert.ok(
    lines.every((line) => line.length <= 60),
    lines.join('\n'),
  );
  assert.match(lines[0] ?? '', /^MARK +USER +PID .*COMMAND/);
});
