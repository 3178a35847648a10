import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseOptions } from './logrotate-options.ts';

test('parseOptions() takes joined letters, values behind "=", and names behind "--"', () => {
  const options = parseOptions(['-dfs/x', '--mail=m', 'a', '--', '-b']);
  assert.ok(!('bad' in options));
  assert.deepEqual(
    [options.debug, options.force, options.state, options.mail, options.configs],
    [true, true, '/x', 'm', ['a', '-b']],
  );
});

test('parseOptions() names what it does not know', () => {
  assert.deepEqual(parseOptions(['--nosuch']), { bad: '--nosuch' });
  assert.deepEqual(parseOptions(['-s']), { bad: '-s' });
});
