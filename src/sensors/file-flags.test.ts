import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { openDeepFiles } from '#host/deep-files.ts';
import { openFiles } from '#host/files.ts';
import type { Host, KernelEvents } from '#model/host.ts';
import { openFileIndex } from '#store/file-index.ts';
import { fakeHost, settle } from '#test/lab/fake-host.ts';
import { eventOf, kernelOf } from '#test/lab/fake-sockets.ts';
import { makeTemp } from '#test/lab/temp.ts';
import listener from './file-flags.ts';
import filesSensor from './files.ts';

test('flags that somebody sets ask for a look at all watched files, and for one more when that was not due', async () => {
  await using temp = await makeTemp();
  const path = join(temp.path, 'watched');
  mkdirSync(path);
  writeFileSync(join(path, 'a'), 'one');
  using index = openFileIndex('', 'nothing');
  const fake = fakeHost();
  const kinds: unknown[] = [];
  const event = eventOf({ kind: 'file-flags', pid: 2 ** 30, target: 3, timeMs: 40 });
  const host: Host = {
    ...fake,
    files: openFiles(),
    integrity: {
      settings: { watch: [path], ignore: ['/etc', '/boot', '/usr', '/var', '/root'], walkAfterMs: 0 },
      deep: openDeepFiles(openFiles(), '/nowhere'),
      index,
      walks: 'never',
    },
    kernelEvents: (_signal, wanted) => {
      kinds.push(wanted);
      return Promise.resolve(kernelOf('tracefs', [[event], []]));
    },
  };
  const signal = new AbortController().signal;
  const modeOf = async (): Promise<string | undefined> =>
    (await filesSensor.look(host, signal)).rows.find((row) => row.path === join(path, 'a'))?.mode;
  assert.equal(await modeOf(), '0644');
  // Stands for a flag, which needs a file system that has them: nothing else tells of it either.
  chmodSync(join(path, 'a'), 0o600);
  await fake.clock.advance(2000);
  assert.equal(await modeOf(), '0644', 'no look at everything is due');
  await using listening = await listener.listen(host, signal);
  const told: string[] = [];
  const reading = (async () => {
    for await (const batch of listening.events) told.push(batch.map(({ kind, timeMs }) => `${kind} ${timeMs}`).join());
  })();
  await settle();
  assert.deepEqual([kinds, told], [[['file-flags']], ['stale 40']]);
  assert.equal(await modeOf(), '0600');
  await fake.clock.advance(1200);
  await reading;
  assert.deepEqual(told, ['stale 40', 'stale 1140', '']);
});

test('where the kernel does not tell, that is said', async () => {
  const kernelEvents = (): Promise<KernelEvents> => Promise.resolve(kernelOf('proc connector', []));
  await using listening = await listener.listen({ ...fakeHost(), kernelEvents }, new AbortController().signal);
  assert.equal(listening.by, 'polling');
  assert.equal(listening.gaps[0]?.reduced, true);
});
