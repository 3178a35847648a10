import assert from 'node:assert/strict';
import nodeCrypto from 'node:crypto';
import { test } from 'node:test';
import { crypto } from './lean-crypto.ts';

test('it is node:crypto itself', () => {
  assert.equal(crypto(), nodeCrypto);
});
