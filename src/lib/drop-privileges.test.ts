import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findUser } from './drop-privileges.ts';

const passwd =
  'root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/x\ntoor:x:0:0::/:/x\nodd:x:1000x:1:::\nweb:x:998:997::/:/x\n';

test('findUser() takes the first that exists', () => {
  assert.deepEqual(findUser(['telltale-web', 'nobody'], passwd), { name: 'nobody', uid: 65_534, gid: 65_534 });
  assert.deepEqual(findUser(['web', 'nobody'], passwd), { name: 'web', uid: 998, gid: 997 });
});

test('findUser() never takes root under another name, nor a damaged line', () => {
  assert.equal(findUser(['toor', 'odd', 'root', 'missing'], passwd), undefined);
});
