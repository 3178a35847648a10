import assert from 'node:assert/strict';
import { test } from 'node:test';
import { captureFolder } from '#test/lab/captured-folder.ts';
import { drills } from './index.ts';

test('what a drill needs is asked of the host: on an empty one it says in words why it does not apply', async () => {
  await using empty = await captureFolder({});
  const words = new Map(drills.map((drill) => [drill.name, drill.applies?.(empty.host) ?? true]));
  assert.equal(words.get('web-script'), 'there is no /var/www on this host');
  assert.equal(words.get('package-source'), 'there is no /etc/apt/sources.list.d on this host');
  assert.equal(words.get('firewall-chain'), 'there is no /usr/sbin/nft on this host');
  assert.equal(words.get('account'), 'there is no /etc/passwd on this host');
  assert.equal(words.get('scan'), 'scans are not watched for on this host');
  assert.equal(words.get('listener'), true);
  await using web = await captureFolder({ '/var/www/html/index.html': '', '/etc/passwd': '' });
  const applying = drills.filter((drill) => (drill.applies?.(web.host) ?? true) === true);
  const there = new Set(applying.map(({ name }) => name));
  assert.ok(there.has('web-script') && there.has('account') && !there.has('firewall-chain'));
});
