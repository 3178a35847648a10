import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MarkedRow } from '#model/verbs.ts';
import { pageOfRows, parseRowFilter } from './rows.ts';

const row = (cells: MarkedRow['row'], mark: MarkedRow['mark'] = 'known'): MarkedRow => ({
  row: cells,
  mark,
  sinceMs: 0,
});
const rows = [
  row({ port: 22, user: 'root', exe: '/usr/sbin/sshd', unit: 'ssh.service' }),
  row({ port: 2222, user: 'www-data', exe: '/tmp/.x/nc', unit: 'php.service' }, 'new'),
  row({ port: 443, user: 'root', exe: '/usr/sbin/nginx', unit: 'nginx.service' }),
];
const ports = (filter: string): unknown[] =>
  pageOfRows(rows, parseRowFilter(filter), 10).rows.map((one) => one.row['port']);

test('the filter knows columns by name, marks and any text', () => {
  assert.deepEqual(ports(''), [22, 2222, 443]);
  assert.deepEqual(ports('port 22'), [22]);
  assert.deepEqual(ports('22'), [22, 2222]);
  assert.deepEqual(ports('user www-data'), [2222]);
  assert.deepEqual(ports('new'), [2222]);
  assert.deepEqual(ports('ROOT nginx'), [443]);
  assert.deepEqual(ports('unit service port 443'), [443]);
  assert.deepEqual(ports('port'), []);
  assert.deepEqual(ports('__proto__ constructor'), []);
});

test('a cut keeps what is new', () => {
  const page = pageOfRows(rows, [], 1);
  assert.deepEqual([page.rows[0]?.mark, page.total, page.fresh, page.of], ['new', 3, 1, 3]);
});
