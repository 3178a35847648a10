import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runtimePackagesOf } from './lockfile.ts';

test('runtimePackagesOf() follows dependencies, not development tools or peers', () => {
  const packages = {
    '': { dependencies: { a: '1' }, optionalDependencies: { b: '1' }, devDependencies: { tool: '1' } },
    'node_modules/a': { dependencies: { c: '1' }, peerDependencies: { tool: '1' } },
    'node_modules/b': { optionalDependencies: { a: '1' } },
    'node_modules/c': {},
    'node_modules/tool': {},
  };
  assert.deepEqual(runtimePackagesOf(packages), ['a', 'b', 'c']);
});
