import assert from 'node:assert/strict';
import { test } from 'node:test';
import { captureFolder } from '../../test/lab/captured-folder.ts';
import sensor from './groups.ts';

test('groups: members by line, by primary group and by administration', async () => {
  await using folder = await captureFolder({
    '/etc/passwd': 'root:x:0:0::/root:/bin/sh\nwww-data:x:33:27::/:/bin/false\n',
    '/etc/gshadow': 'root:*::\nsudo:*:marta:bob\n',
    '/etc/group': 'bad\nroot:x:0:\nsudo:x:27:bob\nsudo:x:27:eve\n',
  });
  const { rows } = await sensor.look(folder.host, new AbortController().signal);
  assert.deepEqual(
    rows.map(({ name, nth, members, primary, admins }) => [name, nth, members, primary, admins]),
    [
      ['root', 1, [], ['root'], []],
      ['sudo', 1, ['bob'], ['www-data'], ['marta']],
      ['sudo', 2, ['eve'], ['www-data'], ['marta']],
    ],
  );
});
