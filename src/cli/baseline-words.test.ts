import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TableInfo } from '#model/verbs.ts';
import { changeLine, rowWords } from './baseline-words.ts';

const settings = { key: ['name', 'kind'], compared: ['value', 'users'] } as unknown as TableInfo;
/** As the store gives it back: columns in the order of the alphabet. */
const row = { kind: 'setting', name: 'kernel.sysrq', users: [], value: '0' };

test('a row is named by its identity, in the order of its table', () => {
  assert.equal(rowWords(row, settings), 'kernel.sysrq  setting');
  const door = {
    protocol: 'tcp',
    address: '0.0.0.0',
    port: 22,
    path: '',
    exe: '/usr/sbin/sshd',
    user: 'root',
    unit: '',
  };
  assert.equal(rowWords(door, undefined), 'tcp  0.0.0.0:22  /usr/sbin/sshd  root');
  assert.equal(rowWords({ ...door, port: 0, path: '/run/\u001b[2J' }, undefined).includes('\u001b'), false);
});

test('a change says what was and what is', () => {
  const after = { ...row, value: '1', users: ['a', 'b'] };
  assert.equal(
    changeLine('kernel-settings', { type: 'changed', before: row, after }, settings),
    '~ kernel-settings  kernel.sysrq  setting  value: 0 → 1  users: (empty) → a, b',
  );
  assert.equal(
    changeLine('kernel-settings', { type: 'added', after: row }, settings),
    '+ kernel-settings  kernel.sysrq  setting',
  );
});
