import assert from 'node:assert/strict';
import { closeSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { makeTemp } from '#test/lab/temp.ts';
import { readProcFile, readProcLink } from './proc-file.ts';

test('a file of /proc is read whole, a link byte by byte; what cannot be read is said by its errno name', async () => {
  assert.match(readProcFile('/proc/self/status'), /^Name:[\s\S]*^Pid:\t\d+$/m);
  await using temp = await makeTemp();
  // Longer than a name, and no UTF-8.
  const target = Buffer.concat([Buffer.from(`/${'long/'.repeat(300)}`), Buffer.from([0xff])]);
  symlinkSync(target, join(temp.path, 'link'));
  assert.deepEqual(readProcLink(join(temp.path, 'link')), target);
  writeFileSync(join(temp.path, 'file'), '');
  const fd = openSync(join(temp.path, 'file'), 'r');
  assert.equal(readProcLink(`/proc/self/fd/${fd}`).toString(), join(temp.path, 'file'));
  closeSync(fd);
  assert.throws(() => readProcLink(`/proc/self/fd/${fd}`), /Cannot read the link "\/proc\/self\/fd\/\d+": ENOENT/);
  assert.throws(() => readProcFile('/proc/nothing'), /Cannot open "\/proc\/nothing": ENOENT/);
});
