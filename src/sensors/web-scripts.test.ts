import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { hostAt, plant } from '#test/lab/host-at.ts';
import { needsRoot } from '#test/lab/skip.ts';
import { makeTemp } from '#test/lab/temp.ts';
import sensor, { touchWebFile, webRoots } from './web-scripts.ts';

const skip = needsRoot();
const signal = AbortSignal.timeout(20_000);

async function site() {
  const temp = await makeTemp();
  plant(temp.path, {
    'etc/passwd': 'root:x:0:0::/root:/bin/sh\nwww-data:x:33:33::/var/www:/bin/sh\n',
    'etc/nginx/sites-enabled/a': 'server { \n root /srv/pages;\n}\n',
    'etc/nginx/nginx.conf': 'root /;\n',
    'var/www/html/index.php': '<?php echo 1;',
    'var/www/html/style.css': 'a{}',
    'var/www/html/circle': '-> .',
    'srv/pages/app/x.py': 'print(1)',
  });
  const host = hostAt(temp.path);
  const look = async (): Promise<string[]> =>
    (await sensor.look(host, signal)).rows
      .map(({ path, language, owner, webOwned, tricks }) =>
        [path, language, owner, webOwned, tricks.join('+')].join(' | '),
      )
      .sort();
  return { root: temp.path, host, look, [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose]() };
}

test('web-scripts: scripts below the usual folders and those that nginx names', { skip }, async () => {
  await using web = await site();
  assert.deepEqual(webRoots(web.host), ['/var/www', '/srv/pages']);
  assert.deepEqual(await web.look(), [
    '/srv/pages/app/x.py | Python | root | false | ',
    '/var/www/html/index.php | PHP | root | false | ',
  ]);
});

test('web-scripts: what events tell of is read, pictures that hold PHP too, and only that', { skip }, async () => {
  await using web = await site();
  const first = await web.look();
  plant(web.root, {
    'var/www/html/up/photo.jpg': { text: 'GIF89a<?php system($_GET["c"]);', uid: 33 },
    'var/www/html/up/.htaccess': { text: 'AddType application/x-httpd-php .jpg\n', uid: 33 },
    'var/www/html/unheard.php': '<?php',
  });
  touchWebFile(web.host, '/var/www/html/up');
  touchWebFile(web.host, '/var/www/html/up/photo.jpg');
  touchWebFile(web.host, '/etc/passwd');
  const second = await web.look();
  assert.deepEqual(
    second.filter((row) => !first.includes(row)),
    [
      '/var/www/html/up/.htaccess | settings | www-data | true | other files made to run',
      '/var/www/html/up/photo.jpg | PHP under a false name | www-data | true | system of what the visitor sends',
    ],
  );
  rmSync(join(web.root, 'var/www/html/up'), { recursive: true });
  touchWebFile(web.host, '/var/www/html/up');
  assert.deepEqual(await web.look(), first);
  touchWebFile(web.host, undefined);
  assert.equal((await web.look()).length, first.length + 1);
});
