import assert from 'node:assert/strict';
import { test } from 'node:test';
import { meansId, shortId } from './short-id.ts';

const id = '019aa4a1-7c00-7abc-9def-0123458e1f20';

test('shortId() is the random end of an id', () => assert.equal(shortId(id), '8e1f20'));

test('meansId() takes the short form, its beginning and the beginning of the whole id', () => {
  for (const typed of ['8e1', '8E1F20', '019aa4', id]) assert.equal(meansId(typed, id), true, typed);
  for (const typed of ['8e', '', '1f20', '8e1f21', `${id}0`]) assert.equal(meansId(typed, id), false, typed);
});
