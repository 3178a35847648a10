/** Somebody mounts something over /proc: whoever asks by the name sees nothing any more, we do. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { needsRoot } from '#test/lab/skip.ts';

const SCRIPT = `
const { openFiles } = await import('${resolve(import.meta.dirname, 'files.ts')}');
const { listPids } = await import('${resolve(import.meta.dirname, 'pids.ts')}');
const { mayStall } = await import('${resolve(import.meta.dirname, 'stalling-mounts.ts')}');
const { execFileSync } = await import('node:child_process');
const files = openFiles();
files.list('/proc');
execFileSync('/usr/bin/mount', ['-t', 'tmpfs', 'cover', '/proc']);
const lines = files.read('/proc/self/mountinfo').toString().split('\\n');
mayStall('/etc/passwd');
console.log(JSON.stringify({
  cover: lines.some((line) => / \\/proc .* tmpfs cover /.test(line)),
  name: files.read('/proc/self/comm').toString() !== '',
  exe: files.readlink(\`/proc/\${process.pid}/exe\`),
  type: files.stat('/proc/1').type,
  listed: files.list('/proc').includes(String(process.pid)),
  pids: listPids().includes(process.pid),
  folder: files.list('/etc').includes('passwd'),
  missing: files.read('/proc/nothing').error,
}));
`;

test('with a mount over /proc its files are still read, and the mount is seen', { skip: needsRoot() }, () => {
  const node = [process.execPath, '--disable-warning=ExperimentalWarning', '--input-type=module', '-e', SCRIPT];
  const told = execFileSync('/usr/bin/unshare', ['--mount', '--propagation', 'private', '--', ...node], {
    encoding: 'utf8',
  });
  assert.deepEqual(JSON.parse(told), {
    cover: true,
    name: true,
    exe: process.execPath,
    type: 'directory',
    listed: true,
    pids: true,
    folder: true,
    missing: 'ENOENT',
  });
});
