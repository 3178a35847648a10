import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineTable } from '#model/table.ts';
import { plainTitle } from './plain-title.ts';

const doors = defineTable({
  name: 'open-doors',
  doc: 'Doors.',
  slot: ['port'],
  columns: {
    family: ['text', 'Family', 'identity'],
    port: ['int', 'Port', 'identity'],
    exeNow: ['text', 'Executable', 'identity'],
    users: ['list', 'Users', 'compared'],
    mode: ['text', 'Mode', 'compared'],
    pid: ['int', 'Process'],
  },
});
const row = { family: 'inet', port: 22, exeNow: '/usr/sbin/sshd', users: ['a'], mode: '', pid: 7 };

test('plainTitle() names a row by its columns, without what is empty and without the pid', () => {
  assert.equal(
    plainTitle(doors, { type: 'added', after: row }),
    'open doors: family inet, port 22, exe now /usr/sbin/sshd is new',
  );
  assert.equal(
    plainTitle(doors, { type: 'removed', before: { ...row, port: 0, exeNow: '' } }),
    'open doors: family inet is gone',
  );
  assert.equal(
    plainTitle(doors, { type: 'removed', before: { ...row, family: '', port: 0, exeNow: '' } }),
    'open doors: a row is gone',
  );
});

test('plainTitle() of a change says what was and what is', () => {
  assert.equal(
    plainTitle(doors, { type: 'changed', before: row, after: { ...row, users: ['a', 'b'], mode: '0644', pid: 8 } }),
    'open doors: family inet, port 22, exe now /usr/sbin/sshd differs: users was a, is a, b; mode was empty, is 0644',
  );
});

test('plainTitle() shows hostile names harmlessly and bounded', () => {
  const title = plainTitle(doors, { type: 'added', after: { ...row, exeNow: `/tmp/\u001b[2J${'x'.repeat(5000)}` } });
  assert.ok(title.length <= 300 && !title.includes('\u001b'), title);
});
