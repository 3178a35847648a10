import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { hostAt, plant } from '#test/lab/host-at.ts';
import { makeTemp } from '#test/lab/temp.ts';
import files from './package-source-files.ts';
import sensor from './package-sources.ts';

test('package-sources: both styles, keys, settings, odd lines; no password of an address', async () => {
  await using temp = await makeTemp();
  const key = Buffer.concat([
    Buffer.from([0x98, 50]),
    Buffer.alloc(50, 4),
    Buffer.from([0xb4, 5]),
    Buffer.from('a@b.c'),
  ]);
  plant(temp.path, {
    'etc/apt/sources.list': 'deb https://bob:secret@x.example/debian stable main\nnonsense\n',
    'etc/apt/sources.list.d/y.list': 'deb [trusted=yes] http://y ./\n',
    'etc/apt/sources.list.d/z.sources':
      'Enabled: no\nTypes: deb\nURIs: http://z\nSuites: s\nComponents: main\nSigned-By: /k.gpg\n',
    'etc/apt/sources.list.d/off.list.disabled': 'deb http://no ./\n',
    'etc/apt/sources.list.d/folder.list/x': '',
    'etc/apt/trusted.gpg.d/bad.gpg': 'not a key',
    'etc/apt/apt.conf.d/99x':
      'Acquire::AllowInsecureRepositories "true";\nAPT::Get::AllowUnauthenticated "false";\nAcquire::https::Verify-Peer "false";\n',
  });
  writeFileSync(join(temp.path, 'etc/apt/trusted.gpg.d/k.gpg'), key);
  const host = hostAt(temp.path);
  const { rows, gaps } = await sensor.look(host, AbortSignal.timeout(5000));
  assert.deepEqual(gaps, []);
  const told = rows.map(({ kind, name, enabled, untrusted, signedBy, secure, problem }) =>
    [kind, name.length === 40 ? 'FINGERPRINT' : name.slice(0, 60), enabled, untrusted, signedBy, secure, problem].join(
      ' | ',
    ),
  );
  assert.deepEqual(
    told.filter((line) => !line.startsWith('key')),
    [
      'source | deb https://…@x.example/debian stable main | true |  |  | true | ',
      'source | nonsense | false |  |  | true | apt cannot read this line',
      'source | deb http://y ./ | true | trusted=yes |  | false | ',
      'source | deb http://z s main | false |  | /k.gpg | false | ',
      'setting | Acquire::AllowInsecureRepositories | true | Acquire::AllowInsecureRepositories is "true" |  | true | ',
      'setting | Acquire::https::Verify-Peer | true | Acquire::https::Verify-Peer is "false" |  | true | ',
    ],
  );
  assert.equal(told.filter((line) => line.startsWith('key | FINGERPRINT')).length, 1);
  assert.equal(told.filter((line) => line.includes('not all of it could be read')).length, 1);
  assert.equal(rows.find(({ path, name }) => path.endsWith('/k.gpg') && name.length === 40)?.value, 'a@b.c');
  assert.ok(!JSON.stringify(rows).includes('secret'));
  assert.equal(files.table, 'package-sources');
});
