import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseAtName, parseAtScript } from './at-job.ts';

test('parseAtName() tells queue, number and time', () => {
  assert.deepEqual(parseAtName('a0000501c6b4e0'), { queue: 'a', number: 5, timeMs: 0x01c6b4e0 * 60_000 });
  assert.equal(parseAtName('.SEQ'), undefined);
  assert.equal(parseAtName('a00005'), undefined);
});

test('parseAtScript() tells the user, the variables and what was typed', () => {
  const head =
    '#!/bin/sh\n# atrun uid=1000 gid=1000\n# mail bob 0\numask 22\nLD_PRELOAD=/tmp/x.so; export LD_PRELOAD\n';
  const text = `${head}cd /home/bob || {\n\t echo 'Execution directory inaccessible' >&2\n\t exit 1\n}\n/tmp/x\nid\n`;
  assert.deepEqual(parseAtScript(text), { uid: 1000, environment: ['LD_PRELOAD=/tmp/x.so'], commands: '/tmp/x\nid' });
  assert.equal(parseAtScript('nonsense').uid, -1);
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (any) => typeof parseAtScript(any).commands === 'string'));
});

test('parseAtScript() takes off the wrapping of newer versions', () => {
  const text =
    "# atrun uid=0 gid=0\ncd / || {\n exit 1\n}\n${SHELL:-/bin/sh} << 'marcinDELIMITER0a1b'\n/opt/x\nmarcinDELIMITER0a1b\n";
  assert.equal(parseAtScript(text).commands, '/opt/x');
});
