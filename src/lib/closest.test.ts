import assert from 'node:assert/strict';
import test from 'node:test';
import { closest, didYouMean } from './closest.ts';

test('closest() finds a word with a letter missing, doubled, wrong or swapped', () => {
  const keys = ['notifiers', 'stateDir', 'web', 'watch', 'keep'];
  assert.equal(closest('notifer', keys), 'notifiers');
  assert.equal(closest('statedir', keys), 'stateDir');
  assert.equal(closest('wbe', keys), 'web');
  assert.equal(closest('wacth', keys), 'watch');
  assert.equal(closest('keeep', keys), 'keep');
});

test('closest() does not guess where nothing is near', () => {
  assert.equal(closest('color', ['notifiers', 'web']), undefined);
  assert.equal(closest('x', ['web', 'keep']), undefined);
  assert.equal(closest('a'.repeat(100_000), ['web']), undefined);
});

test('closest() takes an unambiguous beginning', () => {
  assert.equal(closest('base', ['baseline', 'check']), 'baseline');
  assert.equal(closest('con', ['config', 'connections']), undefined);
});

test('didYouMean() is empty text where there is nothing to say', () => {
  assert.equal(didYouMean('zzzz', ['web']), '');
  assert.equal(didYouMean('webb', ['web']), ' (did you mean "web"?)');
});
