import assert from 'node:assert/strict';
import test from 'node:test';
import { displayWidth } from '#lib/text-table.ts';
import type { Row } from '#model/table.ts';
import type { MarkedRow } from '#model/verbs.ts';
import type { Call } from './command.ts';
import { socketFilter } from './socket-filter.ts';
import { socketLines } from './socket-lines.ts';
import { makeTerminal } from './terminal.ts';

const base: Row = {
  protocol: 'tcp',
  family: 'inet',
  state: 'LISTEN',
  address: '0.0.0.0',
  port: 22,
  path: '',
  comm: 'sshd',
  pid: 801,
  user: 'root',
  runsAs: 'root',
  uid: 0,
  exe: '/usr/sbin/sshd',
  unit: 'ssh.service',
  namespace: 'host',
  exposure: 'open',
  package: 'openssh-server',
  packageState: 'packaged',
  count: 1,
  holders: ['sshd (801)'],
  interface: '',
  receiveQueueBytes: 0,
  sendQueueBytes: 128,
};
const marked = (row: Partial<Record<keyof typeof base, unknown>>, mark: MarkedRow['mark'] = 'known'): MarkedRow => ({
  row: { ...base, ...row } as Row,
  mark,
  sinceMs: 1000,
});

const rows: readonly MarkedRow[] = [
  marked({}),
  marked({
    family: 'inet6',
    address: '::',
    port: 80,
    comm: 'nginx',
    pid: 900,
    user: 'www-data',
    uid: 33,
    exe: '/usr/sbin/nginx',
    unit: 'nginx.service',
    holders: ['nginx (900)', 'nginx (901)'],
  }),
  marked(
    { protocol: 'udp', state: 'UNCONN', port: 4444, comm: 'nc\u001b[31m', package: '', packageState: 'unpackaged' },
    'new',
  ),
  marked({ protocol: 'stream', family: 'unix', address: '', port: 0, path: '/run/x.sock' }),
  marked({ protocol: 'packet', family: 'packet', address: '', port: 0, path: 'all', interface: 'eth0' }),
  { row: { ...base, state: 'ESTAB', remoteAddress: '198.51.100.2', remotePort: 5151 }, mark: 'known', sinceMs: 0 },
];

function ports(args: readonly string[], flags: readonly string[] = []): unknown[] {
  const call = { args, flag: (name: string) => flags.includes(name), text: () => undefined } as unknown as Call;
  const filter = socketFilter(call);
  return rows.filter((row) => filter.matches(row)).map(({ row }) => row['port'] || row['path']);
}

test('filters by letters and words, all together', () => {
  assert.deepEqual(ports([], ['tcp']), [22, 80, 22]);
  assert.deepEqual(ports([], ['tcp', 'udp']), [22, 80, 4444, 22]);
  assert.deepEqual(ports([], ['unix', 'raw']), ['/run/x.sock', 'all']);
  assert.deepEqual(ports([], ['tcp', 'ipv6']), [80]);
  assert.deepEqual(ports(['port', '5151']), [22], 'the port of the peer counts as well');
  assert.deepEqual(ports([':4444']), [4444]);
  assert.deepEqual(ports(['user', 'www-data']), [80]);
  assert.deepEqual(ports(['user', '33']), [80]);
  assert.deepEqual(ports(['pid', '901']), [80], 'also those that share it');
  assert.deepEqual(ports(['program', 'nginx', 'port', '80']), [80]);
  assert.deepEqual(ports(['program', 'nginx', 'port', '22']), []);
  assert.deepEqual(ports(['unit', 'nginx']), [80]);
  assert.deepEqual(ports([], ['new']), [4444]);
});

test('what is no filter is told with what was meant', () => {
  assert.throws(() => ports(['pot', '80']), { code: 'USAGE', message: /did you mean "port"/ });
  assert.throws(() => ports(['port']), { message: /wants a value/ });
  assert.throws(() => ports(['port', '8o']), { message: /Cannot read port "8o"/ });
  assert.throws(() => ports(['port', '70000']), { code: 'USAGE' });
  assert.throws(() => ports(['constructor', '1']), { code: 'USAGE' });
});

const on = (columns: number | undefined) =>
  makeTerminal({
    env: { NO_COLOR: '1', LANG: 'C.UTF-8' },
    tty: columns !== undefined,
    columns,
    argv: [],
    write: () => undefined,
  });

test('a terminal of any width gets lines that fit, with address, process and mark', () => {
  for (const width of [80, 100, 120, 200]) {
    const lines = socketLines(on(width), rows, { forgetful: false, nowMs: 5000 });
    assert.equal(lines.length, rows.length + 1);
    for (const line of lines) assert.ok(displayWidth(line) <= width, line);
    assert.match(lines.find((line) => line.includes('4444')) ?? '', /^new .*0\.0\.0\.0:4444.*801\/nc/);
  }
});

test('forty columns hold mark, protocol, an IPv4 address with its port, and process', () => {
  const listening = rows.filter(({ row }) => row['remotePort'] === undefined && row['namespace'] === 'host');
  const lines = socketLines(on(40), listening, { forgetful: false, nowMs: 5000 });
  for (const line of lines) assert.ok(displayWidth(line) <= 40, line);
  assert.match(lines.find((line) => line.includes('4444')) ?? '', /^new .*0\.0\.0\.0:4444.*801\/nc/);
});

test('a pipe gets every column in full, a dash where nothing stands, and no escape sequence', () => {
  const lines = socketLines(on(undefined), rows, { forgetful: false, nowMs: 5000 });
  const [heading = ''] = lines;
  assert.equal(heading.split(/ {2,}/).length, 14);
  for (const line of lines) {
    assert.equal(line.split(/ {2,}/).length, 14, line);
    assert.doesNotMatch(line, /\p{Cc}/u);
  }
  assert.match(lines.find((line) => line.includes('198.51')) ?? '', /^- /, 'a connection has no mark');
  assert.match(lines.join('\n'), /\[::\]:80/);
  assert.match(lines.join('\n'), /801\/nc\\u\{1b\}\[31m/);
});

test('without a memory nothing is called new', () => {
  const lines = socketLines(on(undefined), rows, { forgetful: true, nowMs: 5000 });
  for (const line of lines.slice(1)) assert.match(line, /^- /);
});
