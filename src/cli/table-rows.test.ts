import assert from 'node:assert/strict';
import test from 'node:test';
import type { Row } from '#model/table.ts';
import type { MarkedRow, TableInfo } from '#model/verbs.ts';
import { condition, tableLines } from './table-rows.ts';
import { makeTerminal } from './terminal.ts';

const info: TableInfo = {
  name: 'accounts',
  doc: '',
  key: ['name'],
  compared: ['uid'],
  columns: {
    gecos: ['text', ''],
    name: ['text', '', 'identity'],
    uid: ['int', '', 'compared'],
    groups: ['list', ''],
    locked: ['bool', ''],
    seenMs: ['time', ''],
  },
  sensor: 'accounts',
  everyMs: 1000,
};
const row = (name: string, uid: number, more: Row = {}): Row => ({
  name,
  uid,
  gecos: '',
  groups: ['adm', 'sudo'],
  locked: false,
  seenMs: 0,
  ...more,
});
const marked = (of: Row, mark: MarkedRow['mark'] = 'known'): MarkedRow => ({ row: of, mark, sinceMs: Date.now() });

const terminal = (width?: number) =>
  makeTerminal({ env: { NO_COLOR: '1' }, tty: width !== undefined, columns: width, argv: [], write: () => undefined });

test('conditions: equal, different, part of; lists by element; unknown columns are named', () => {
  const bob = row('bob', 1001);
  const holds = (filter: string): boolean => condition(filter, info)(bob);
  assert.ok(holds('name=bob') && holds('uid=1001') && holds('groups=sudo') && holds('locked=false'));
  assert.ok(holds('name!=root') && holds('name~OB') && holds('groups~ud'));
  assert.ok(!holds('name=bo') && !holds('name!=bob') && !holds('groups=sud') && !holds('groups!=sudo'));
  assert.throws(() => condition('nme=bob', info), { code: 'USAGE', message: /did you mean "name"/ });
  assert.throws(() => condition('constructor=1', info), { code: 'USAGE' });
  assert.throws(() => condition('bob', info), { code: 'USAGE', message: /column=value/ });
});

test('a table fits the terminal; identity stays, details go first; a pipe gets every column', () => {
  const rows = [marked(row('www\u001b[31m-data', 33), 'new'), marked(row('bob', 1001, { gecos: 'x'.repeat(200) }))];
  const narrow = tableLines(terminal(40), info, { rows, forgetful: false });
  assert.ok(
    narrow.every((line) => line.length <= 40),
    narrow.join('\n'),
  );
  assert.match(narrow[0] ?? '', /^MARK\s+NAME\s+UID/);
  assert.match(narrow[1] ?? '', /^known\s+bob\s+1001/);
  assert.ok(!narrow.join('').includes('\u001b[31m'), 'what an attacker wrote is harmless');
  const wide = tableLines(terminal(), info, { rows, forgetful: false });
  assert.match(wide[0] ?? '', /NAME\s+UID\s+GECOS\s+GROUPS\s+LOCKED\s+SEEN MS\s+SINCE/);
  assert.match(wide[1] ?? '', /adm, sudo\s+-\s+-/);
  const forgetful = tableLines(terminal(80), info, { rows, forgetful: true });
  assert.doesNotMatch(forgetful[0] ?? '', /MARK/);
});
