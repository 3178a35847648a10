import assert from 'node:assert/strict';
import test from 'node:test';
import { fakeHost } from '#test/lab/fake-host.ts';
import listener from './kernel-setting-files.ts';

test('it hears of every folder that sets the kernel at boot', async () => {
  const wished: (readonly string[])[] = [];
  const host = fakeHost();
  const signal = AbortSignal.abort();
  await using heard = await listener.listen(
    {
      ...host,
      fileEvents: (wish, stop) => {
        wished.push(wish.paths());
        return host.fileEvents(wish, stop);
      },
    },
    signal,
  );
  assert.equal(heard.lost(), 0);
  assert.ok(wished[0]?.includes('/etc/sysctl.d') && wished[0].includes('/etc/sysctl.conf'));
});
