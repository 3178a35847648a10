import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostAt, plant } from '#test/lab/host-at.ts';
import { needsRoot } from '#test/lab/skip.ts';
import { makeTemp } from '#test/lab/temp.ts';
import sensor from '../start-points.ts';

const skip = needsRoot();

test('passwords and their hashes in what is started are in no column', { skip }, async () => {
  await using temp = await makeTemp();
  plant(temp.path, {
    'etc/passwd': 'root:x:0:0:root:/root:/bin/bash\n',
    'etc/shadow': 'bob:$y$j9T$hunter2hunter2$hunter2hunter2hunter2:19000:0:99999:7:::\n',
    'etc/cron.d/link': '-> ../shadow',
    'etc/cron.d/job': 'PGPASSWORD=hunter2\n* * * * * root cd / && mysqldump -phunter2 shop\nbad --password hunter2\n',
    'etc/cron.d/long': `* * * * * root curl -u "bob:hunter2" https://bob:hunter2@x/${'y'.repeat(500)}\n`,
    'etc/systemd/system/x.service':
      '[Service]\nEnvironment=DB_PASSWORD=hunter2 LD_PRELOAD=/x.so\nExecStart=/x --token hunter2\n',
    'root/.bashrc': 'export AWS_SECRET_KEY=hunter2\n',
    'etc/rc.local': { text: '#!/bin/sh\nsshpass -p hunter2 ssh x\n', mode: 0o755 },
  });
  const look = async () => await sensor.look(host, AbortSignal.timeout(10_000));
  const host = hostAt(temp.path);
  const { rows } = await look();
  assert.doesNotMatch(JSON.stringify(rows), /hunter2/);
  assert.ok(rows.some(({ name }) => name === 'cd / && mysqldump -p[withheld] shop'));
  plant(temp.path, { 'root/.bashrc': 'export AWS_SECRET_KEY=hunter2\nexport GH_TOKEN=hunter2\n' });
  const bashrc = (await look()).rows.find(({ path }) => path === '/root/.bashrc');
  assert.deepEqual(bashrc?.added, ['export GH_TOKEN=[withheld]']);
});
