import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pushed } from '#model/verbs.ts';
import { Feed, KEPT_MAX, READERS_MAX } from './feed.ts';

const look = (nowMs: number): Pushed => ({ type: 'look', table: 'sockets', nowMs });
const idsOf = (texts: readonly string[]): number[] => texts.map((text) => Number(/^id: (\d+)/.exec(text)?.[1]));

test('a reader that comes back is told what it missed, in order and once', () => {
  const feed = new Feed();
  for (let nowMs = 1; nowMs <= 5; nowMs += 1) feed.push(look(nowMs), 0);
  const got: string[] = [];
  const stop = feed.read(3, (text) => got.push(text));
  feed.push(look(6), 0);
  stop();
  feed.push(look(7), 0);
  assert.deepEqual(idsOf(got), [4, 5, 6]);
});

test('one that missed more than is kept, or knows ids of another life, reads everything anew', () => {
  const feed = new Feed();
  for (let nowMs = 0; nowMs < KEPT_MAX + 10; nowMs += 1) feed.push(look(nowMs), 0);
  for (const lastId of [3, 1_000_000]) {
    const got: string[] = [];
    feed.read(lastId, (text) => got.push(text))();
    assert.equal(got.length, 1);
    assert.match(got[0] ?? '', /event: again/);
  }
});

test('events lost on the way are said', () => {
  const feed = new Feed();
  const got: string[] = [];
  feed.read(0, (text) => got.push(text));
  feed.push(look(1), 12);
  assert.match(got[0] ?? '', /event: again/);
  assert.match(got[1] ?? '', /event: look/);
});

test('readers are bounded', () => {
  const feed = new Feed();
  const stops = Array.from({ length: READERS_MAX }, () => feed.read(0, () => undefined));
  assert.equal(feed.full(), true);
  stops[0]?.();
  assert.equal(feed.full(), false);
});
