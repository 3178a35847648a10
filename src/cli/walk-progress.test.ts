import assert from 'node:assert/strict';
import test from 'node:test';
import { walkProgress } from './walk-progress.ts';

test('progress is one line on a terminal, cut to its width, and goes at the end; elsewhere there is none', () => {
  let written = '';
  const fd = { columns: 30, write: (text: string) => (written += text) };
  walkProgress(fd)('12345 files');
  assert.equal(written, '');
  const tell = walkProgress({ ...fd, isTTY: true });
  tell('12345 files, 17 % of what packages ship');
  assert.equal(written, `\r\u001b[K${'looking at all files: 12345 files'.slice(0, 29)}`);
  tell('');
  assert.ok(written.endsWith('\r\u001b[K'));
});
