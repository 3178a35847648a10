import assert from 'node:assert/strict';
import { test } from 'node:test';
import { captureFolder } from '../../test/lab/captured-folder.ts';
import sensor from './odd-lines.ts';

test('odd-lines: what is malformed is told by file and line, and nothing secret is shown', async () => {
  await using folder = await captureFolder({
    '/etc/passwd': Buffer.concat([
      Buffer.from('ghost\xff:x\n', 'latin1'),
      Buffer.from('root:x:0:0::/root:/bin/sh\nb:x:1:1::/:/bin/sh\nc:x:2:2::/:/bin/sh\nshort:x:5:5\n'),
    ]),
    '/etc/shadow': 'root:*:1:0:9:::\n\n\n$y$j9T$abcdefgh$0123\n',
  });
  const { rows } = await sensor.look(folder.host, new AbortController().signal);
  assert.deepEqual(
    rows.map(({ file, line, ignored, text }) => [file, line, ignored, text]),
    [
      ['/etc/passwd', 1, true, 'ghost\uf7ff:…'],
      ['/etc/passwd', 5, false, 'short:…'],
      ['/etc/shadow', 1, false, 'root:…'],
      ['/etc/shadow', 4, true, '…'],
    ],
  );
});
