import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FileWish } from '#model/host.ts';
import { hostAt, plant } from '#test/lab/host-at.ts';
import { makeTemp } from '#test/lab/temp.ts';
import listener from './web-script-files.ts';

test('the listener wishes for the folders of web servers that are there, and is stopped by its signal', async () => {
  await using temp = await makeTemp();
  plant(temp.path, { 'var/www/html/index.php': '' });
  const host = hostAt(temp.path);
  let paths: readonly string[] = [];
  const stop = new AbortController();
  const watched = {
    ...host,
    fileEvents: (wish: FileWish, signal: AbortSignal) => {
      paths = wish.paths();
      return host.fileEvents(wish, signal);
    },
  };
  await using listening = await listener.listen(watched, stop.signal);
  assert.deepEqual(paths, ['/var/www']);
  const ended = (async () => {
    for await (const batch of listening.events) assert.deepEqual(batch, []);
    return true;
  })();
  stop.abort();
  assert.equal(await Promise.race([ended, sleep(5000, false)]), true);
});

test('a script asks for a look, a picture does not, a picture that holds PHP does', async () => {
  await using temp = await makeTemp();
  plant(temp.path, { 'var/www/a.php': '', 'var/www/b.jpg': 'GIF89a', 'var/www/c.jpg': 'GIF89a<?php' });
  const plain = hostAt(temp.path);
  const batches = ['/var/www/a.php', '/var/www/b.jpg', '/var/www/c.jpg'].map((path) => [
    { kind: 'written', timeMs: 1, path, directory: false, pid: 0, process: undefined } as const,
  ]);
  const rest = { lost: () => 0, by: 'fanotify', gaps: [], [Symbol.asyncDispose]: () => Promise.resolve() };
  const told = (async function* () {
    yield* await Promise.resolve([...batches, []]);
  })();
  const host = { ...plain, fileEvents: () => Promise.resolve({ ...rest, batches: told }) };
  await using listening = await listener.listen(host, AbortSignal.timeout(5000));
  const heard: number[] = [];
  for await (const batch of listening.events) heard.push(batch.length);
  assert.deepEqual(heard, [1, 1, 0]);
});
