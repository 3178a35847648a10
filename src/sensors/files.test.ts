import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { openDeepFiles } from '#host/deep-files.ts';
import { makeEventQueue } from '#host/event-queue.ts';
import { openFiles } from '#host/files.ts';
import type { FileEvent, Host } from '#model/host.ts';
import type { SensorEvent } from '#model/sensor.ts';
import { openFileIndex } from '#store/file-index.ts';
import { fakeHost, settle } from '../../test/lab/fake-host.ts';
import { makeTemp } from '../../test/lab/temp.ts';
import fileChanges from './file-changes.ts';
import { placesOf } from './file-places.ts';
import filesSensor, { type FileRow } from './files.ts';

const never = new AbortController().signal;

test('a recorded host has no rows, and a gap says why', async () => {
  const look = await filesSensor.look(fakeHost(), never);
  assert.deepEqual(look.rows, []);
  assert.equal(look.gaps[0]?.reduced, true);
});

test('the listener gives a row for what is new and asks for a look at what has changed; a loss passes', async () => {
  await using temp = await makeTemp();
  const folder = join(temp.path, 'watched');
  mkdirSync(folder);
  writeFileSync(join(folder, 'old'), 'one\n');
  using index = openFileIndex('', 'nothing');
  const queue = makeEventQueue<FileEvent>(100);
  const fake = fakeHost();
  let wished: readonly string[] = [];
  const host: Host = {
    ...fake,
    files: openFiles(),
    integrity: {
      settings: { watch: [folder], ignore: ['/etc', '/boot', '/usr', '/var', '/root'], walkAfterMs: 0 },
      deep: openDeepFiles(openFiles(), '/nowhere'),
      index,
      walks: 'background',
    },
    fileEvents: (wish) => {
      wished = wish.paths();
      return Promise.resolve({
        batches: queue.batches,
        lost: () => 2,
        by: 'fanotify',
        gaps: [],
        [Symbol.asyncDispose]: () => Promise.resolve(),
      });
    },
  };
  await filesSensor.look(host, never);
  await using listening = await fileChanges.listen(host, never);
  assert.ok(wished.includes(folder) && wished.includes('/tmp'));
  const heard: SensorEvent[] = [];
  let losses = 0;
  void (async () => {
    for await (const batch of listening.events) {
      heard.push(...batch);
      if (batch.length === 0) losses += 1;
    }
  })();
  const event = (name: string): FileEvent => {
    const path = join(folder, name);
    return { kind: 'written', timeMs: 7, path, directory: false, pid: 0, process: undefined };
  };
  writeFileSync(join(folder, 'new'), 'two\n');
  writeFileSync(join(folder, 'old'), 'three\n');
  queue.push([event('new'), event('old'), event('old')]);
  await settle();
  await fake.clock.advance(10);
  const appeared = heard.filter(({ kind }) => kind === 'appeared');
  assert.deepEqual(
    appeared.map(({ row, timeMs }) => [row?.['path'], timeMs]),
    [[join(folder, 'new'), 7]],
  );
  assert.ok(heard.some(({ kind }) => kind === 'stale'));
  assert.equal(listening.lost(), 2);
  const look = await filesSensor.look(host, never);
  const told = (name: string): string | undefined => look.news?.({ path: join(folder, name) } as FileRow);
  assert.deepEqual(
    [look.partial, told('new'), told('old')],
    [true, 'changed', 'changed'],
    'no part of what is learned',
  );
  // Events tell of it as U+FFFD; its folder lists it by its bytes.
  const odd = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0x78])]);
  writeFileSync(odd, 'x');
  queue.push([event('\ufffdx')]);
  await settle();
  await fake.clock.advance(10);
  const after = await filesSensor.look(host, never);
  assert.deepEqual(
    after.rows.filter(({ path }) => path.endsWith('x')).map(({ path }) => path),
    [join(folder, '\\xffx')],
  );
  queue.push([{ ...event('made'), kind: 'created' }, event('made')]);
  await settle();
  assert.deepEqual([told('made'), told('older')], ['new', undefined]);
  losses = 0;
  queue.wake();
  await settle();
  assert.equal(losses, 1);
  queue.end();
});

test('of /var only changes of rights are heard, but for what is watched there', () => {
  const places = placesOf({ watch: ['/var/lib/own'], ignore: [] });
  assert.ok(places.heard.includes('/var'));
  const asked = (path: string): boolean[] => [places.hears(path, 'attributes'), places.hears(path, 'written')];
  assert.deepEqual(asked('/var/lib/x'), [true, false]);
  for (const path of ['/var/lib/own/x', '/var/tmp/x', '/var/spool/cron/x', '/usr/bin/x'])
    assert.deepEqual(asked(path), [true, true], path);
});
