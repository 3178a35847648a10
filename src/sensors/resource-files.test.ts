import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileStat } from '#model/host.ts';
import { filesRunningOut } from './resource-files.ts';

test('a process is short of files when it has nine tenths of those that it may', () => {
  const at = (open: number, limit: string): string | undefined => {
    const files = {
      stat: () => ({ type: 'directory', sizeBytes: open }) as FileStat,
      read: () =>
        Buffer.from(
          `Limit Soft Hard Units\nMax open files            ${limit} 524288 files\nMax locked memory 8 8 bytes\n`,
        ),
      list: () => [],
      readlink: () => '',
    };
    return filesRunningOut({ files }, 9);
  };
  assert.equal(at(1000, '1024'), '1000 of the 1024 that it may');
  assert.equal(at(910, '1024'), undefined);
  assert.equal(at(500, '512'), undefined, 'few in all');
  assert.equal(at(60_000, '65536'), '60000 of the 65536 that it may');
  assert.equal(at(60_000, 'unlimited'), undefined);
});
