import assert from 'node:assert/strict';
import test from 'node:test';
import { WatchTree } from './watch-tree.ts';

function tree(): WatchTree<string> {
  const made = new WatchTree<string>();
  made.add('/etc', 'all of etc');
  made.add('/etc/passwd', 'accounts');
  made.add('/root/.ssh/authorized_keys', 'keys');
  return made;
}

test('a folder stands for everything below it', () => {
  assert.deepEqual(tree().interestIn('/etc/cron.d/deep')?.whole, ['all of etc']);
  assert.equal(tree().interestIn('/etcetera'), undefined);
  assert.equal(tree().interestIn('/var'), undefined);
});

test('an entry is heard of by those who asked for it, and by those who asked for something below it', () => {
  const root = tree().interestIn('/root');
  assert.deepEqual(root?.whole, []);
  assert.deepEqual(root?.names.get('.ssh'), { exact: [], below: ['keys'] });
  assert.deepEqual(tree().interestIn('/root/.ssh')?.names.get('authorized_keys'), { exact: ['keys'], below: [] });
  assert.equal(tree().interestIn('/root/.ssh/authorized_keys/odd')?.whole[0], 'keys');
});

test('nobody hears of one thing twice', () => {
  const made = tree();
  made.add('/etc/passwd', 'all of etc');
  assert.deepEqual(made.interestIn('/etc')?.names.get('passwd'), { exact: ['accounts'], below: [] });
});

test('paths() names every path once', () => {
  assert.deepEqual([...tree().paths()], ['/etc', '/etc/passwd', '/root/.ssh/authorized_keys']);
  assert.equal(tree().size, 3);
});
