import assert from 'node:assert/strict';
import { test } from 'node:test';
import { captureFolder } from '#test/lab/captured-folder.ts';
import { rehearse } from './rehearsal.ts';

test('a drill that does not apply to this host is skipped with the reason, and nothing is done', async () => {
  await using empty = await captureFolder({});
  const results = await rehearse(['web-script', 'firewall-chain'], { host: empty.host, follow: () => () => undefined });
  assert.deepEqual(
    results.map(({ name, did, told, skipped }) => ({ name, did, told, skipped })),
    [
      { name: 'web-script', did: '', told: false, skipped: 'there is no /var/www on this host' },
      { name: 'firewall-chain', did: '', told: false, skipped: 'there is no /usr/sbin/nft on this host' },
    ],
  );
});
