import assert from 'node:assert/strict';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { makeTemp } from '#test/lab/temp.ts';
import { openClock } from './clock.ts';
import { openFiles } from './files.ts';
import { openUsers } from './users.ts';

test('openUsers() names users, numbers strangers, and reads a file that was replaced', async () => {
  await using temp = await makeTemp();
  mkdirSync(`${temp.path}/etc`);
  writeFileSync(`${temp.path}/etc/passwd`, 'root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/root:/bin/sh\n');
  let now = 0;
  const clock = { ...openClock(), monotonicMs: () => now };
  const nameOf = openUsers(openFiles(temp.path), clock);
  assert.equal(nameOf(0), 'root');
  assert.equal(nameOf(1000), '1000');
  writeFileSync(`${temp.path}/etc/passwd.new`, 'root:x:0:0::/root:/bin/sh\nmarta:x:1000:1000::/home/marta:/bin/sh\n');
  renameSync(`${temp.path}/etc/passwd.new`, `${temp.path}/etc/passwd`);
  now += 2000;
  assert.equal(nameOf(1000), 'marta');
});

test('openUsers() gives numbers where there is no file', async () => {
  await using temp = await makeTemp();
  assert.equal(openUsers(openFiles(temp.path), openClock())(7), '7');
});
