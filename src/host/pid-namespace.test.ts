import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { needsRoot } from '#test/lab/skip.ts';
import { foreignNumbers } from './pid-namespace.ts';

test('in a pid namespace of its own a process knows that numbers of the kernel are not its numbers', {
  skip: needsRoot(),
}, () => {
  const own = '--input-type=module';
  const program = `import { foreignNumbers } from '${import.meta.resolve('./pid-namespace.ts')}'; console.log(foreignNumbers());`;
  const inside = spawnSync(
    '/usr/bin/unshare',
    ['--pid', '--fork', '--mount-proc', process.execPath, own, '-e', program],
    { encoding: 'utf8' },
  );
  assert.match(inside.stdout, /^we are in a pid namespace of our own/, inside.stderr);
  assert.equal(foreignNumbers('pid:[4026531836]'), undefined);
});
