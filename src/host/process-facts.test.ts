/** A program that runs from a mount that stands nowhere, as runc's copy of itself does. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { needsRoot } from '#test/lab/skip.ts';
import { makeTemp } from '#test/lab/temp.ts';
import { openFiles } from './files.ts';
import { readFacts } from './process-facts.ts';

test('who runs from a mount that stands nowhere runs its parent’s program where it is the same file', {
  skip: needsRoot(),
}, async () => {
  await using temp = await makeTemp();
  await writeFile(`${temp.path}/x`, '');
  const exeOf = async (program: string, args: string): Promise<string | undefined> => {
    const script =
      `system("mount --bind ${program} ${temp.path}/x")==0 or die; open(my $f,"<","${temp.path}/x") or die; ` +
      `system("umount -l ${temp.path}/x")==0 or die; my $n=fileno($f); use Fcntl; fcntl($f,F_SETFD,0); ` +
      `my $k=fork; if(!$k){ exec {"/proc/self/fd/$n"} "x",${args} } $|=1; select(undef,undef,undef,.3); print "$k\\n"; <STDIN>; kill 9,$k`;
    const child = spawn('/usr/bin/unshare', ['-m', '/usr/bin/perl', '-e', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    try {
      const [words] = (await once(child.stdout, 'data')) as [Buffer];
      const source = {
        files: openFiles(),
        clock: { nowMs: Date.now, monotonicMs: () => 0, bootMs: () => 0, id: String, sleep: () => Promise.resolve() },
        userName: String,
      };
      return readFacts(source, Number(words.toString()))?.exe;
    } finally {
      const ended = once(child, 'exit');
      child.stdin.end();
      await ended;
    }
  };
  assert.equal(await exeOf('/usr/bin/perl', '"-e","sleep 60"'), '/usr/bin/perl');
  assert.equal(await exeOf('/usr/bin/sleep', '60'), '/');
});
