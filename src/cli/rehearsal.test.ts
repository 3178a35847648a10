import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Alert } from '#model/finding.ts';
import type { Pushed } from '#model/verbs.ts';
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

test('a drill that was told and is not told again at once proves nothing, and is no failure', async () => {
  await using empty = await captureFolder({});
  let watching = true;
  const alert = { id: 'x', finding: { rule: 'false-kernel-thread', title: 'perl calls itself so', facts: {} } };
  const follow = (onPushed: (pushed: Pushed) => void) => {
    const timer = setInterval(() => {
      const pid = [...empty.host.own].at(-1);
      if (watching && pid !== undefined)
        onPushed({
          type: 'alert',
          alert: { ...alert, finding: { ...alert.finding, who: { pid } } } as unknown as Alert,
          update: false,
        });
    }, 20);
    return () => clearInterval(timer);
  };
  const [first] = await rehearse(['false-kernel-thread'], { host: empty.host, follow });
  assert.deepEqual([first?.told, first?.skipped], [true, '']);
  watching = false;
  const [again] = await rehearse(['false-kernel-thread'], { host: empty.host, follow });
  assert.equal(again?.told, false);
  assert.match(again?.skipped ?? '', /^it was told \d+ m?s ago/);
});
