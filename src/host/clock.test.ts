import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { bootTimeMs, idMaker, openClock } from './clock.ts';

test('the boot time agrees with /proc/uptime and with btime of /proc/stat', () => {
  const uptimeMs = Number.parseFloat(readFileSync('/proc/uptime', 'utf8')) * 1000;
  assert.ok(Math.abs(bootTimeMs() - uptimeMs) < 2000);
  const btime = Number(/^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]) * 1000;
  const clock = openClock();
  assert.ok(Math.abs(clock.bootMs() - btime) < 2000);
  assert.equal(clock.bootMs(), clock.bootMs());
});

test('ids are UUIDv7 and ascend, also within a millisecond and when the clock steps back', () => {
  const make = idMaker();
  const ids = Array.from({ length: 5000 }, () => make(1_700_000_000_000));
  ids.push(make(1_600_000_000_000), make(1_800_000_000_000));
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.deepEqual(ids, [...ids].sort());
  assert.equal(new Set(ids).size, ids.length);
  assert.equal(Number.parseInt((ids.at(-1) ?? '').replaceAll('-', '').slice(0, 12), 16), 1_800_000_000_000);
});

test('sleep() ends at once when aborted, before and during', async () => {
  const clock = openClock();
  const stop = new AbortController();
  const sleeping = clock.sleep(3_600_000, stop.signal);
  stop.abort();
  await sleeping;
  await clock.sleep(3_600_000, stop.signal);
  await clock.sleep(1, new AbortController().signal);
});
