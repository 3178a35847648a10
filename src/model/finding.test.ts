import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeAlert } from '#test/lab/notices.ts';
import { whyAlone } from './finding.ts';

test('only what a program did itself may be accepted for all that it does', () => {
  const { finding } = makeAlert();
  const { who } = finding;
  assert.ok(who);
  const plain = { ...finding, severity: 'medium', facts: { port: 4444 } } as const;
  assert.equal(whyAlone(plain), undefined);
  assert.equal(whyAlone({ ...plain, facts: { file: who.exe } }), undefined, 'about its own file');
  assert.match(whyAlone({ ...plain, facts: { file: '/etc/passwd' } }) ?? '', /only wrote the file/);
  assert.match(whyAlone({ ...plain, dangerous: true }) ?? '', /dangerous in itself/);
  assert.match(whyAlone({ ...plain, severity: 'critical' }) ?? '', /dangerous in itself/);
});
