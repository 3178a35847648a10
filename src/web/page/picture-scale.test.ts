import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { everyPort, portScale, portTicks, portY, timeTicks } from './picture-scale.ts';
import { lasting, offsetMs } from './when.ts';

const place = { top: 30, bottom: 270 };
const port = fc.integer({ min: 0, max: 65_535 });

test('ports grow upwards and never leave the picture', () => {
  fc.assert(
    fc.property(port, port, port, (a, b, c) => {
      const [low = 0, middle = 0, high = 0] = [a, b, c].sort((x, y) => x - y);
      for (const scale of [everyPort(place), portScale({ low, high }, place)]) {
        assert.ok(portY(scale, low) >= portY(scale, middle) && portY(scale, middle) >= portY(scale, high));
        for (const one of [low, middle, high]) assert.ok(portY(scale, one) >= 30 && portY(scale, one) <= 270);
      }
    }),
  );
});

test('a single port stands between the edges, and labels keep their distance', () => {
  const scale = portScale({ low: 23, high: 23 }, place);
  assert.ok(portY(scale, 23) > 60 && portY(scale, 23) < 240);
  const ticks = portTicks(everyPort(place));
  assert.ok(ticks.length >= 6 && ticks.some((tick) => tick.port === 22) && ticks.some((tick) => tick.port === 65_535));
  for (const [index, tick] of ticks.entries())
    for (const other of ticks.slice(index + 1)) assert.ok(Math.abs(tick.y - other.y) >= 17);
  assert.deepEqual(portTicks(scale, [23])[0]?.port, 23);
});

test('times are round in the zone of the host, and there are not too many', () => {
  const fromMs = Date.UTC(2026, 10, 20, 9, 17);
  const day = { fromMs, untilMs: fromMs + 86_400_000 };
  assert.deepEqual(
    timeTicks(day, 'Asia/Kolkata', 8).map(({ label }) => label),
    ['15:00', '18:00', '21:00', '00:00', '03:00', '06:00', '09:00', '12:00'],
  );
  assert.deepEqual(
    timeTicks({ fromMs, untilMs: fromMs + 7 * 86_400_000 }, 'UTC', 4).map(({ label }) => label),
    ['21 Nov', '23 Nov', '25 Nov', '27 Nov'],
  );
  assert.deepEqual(
    timeTicks({ fromMs, untilMs: fromMs + 1400 }, 'UTC', 4).map(({ label }) => label),
    ['09:17:00.0', '09:17:00.5', '09:17:01.0'],
  );
  fc.assert(
    fc.property(fc.integer({ min: 1000, max: 30 * 86_400_000 }), fc.integer({ min: 3, max: 9 }), (span, most) => {
      assert.ok(timeTicks({ fromMs, untilMs: fromMs + span }, 'Europe/Berlin', most).length <= most + 1);
    }),
  );
});

test('offsets of zones, and what is left of a time', () => {
  assert.equal(offsetMs(Date.UTC(2026, 0, 1), 'Asia/Kolkata'), 5.5 * 3_600_000);
  assert.equal(offsetMs(Date.UTC(2026, 0, 1), 'America/New_York'), -5 * 3_600_000);
  assert.equal(offsetMs(Date.UTC(2026, 0, 1), 'UTC'), 0);
  const words = [0, 37_400, 60_000, 61_000, 3_600_000, 7_141_000, 86_400_000, 6.2 * 86_400_000].map(lasting);
  assert.deepEqual(words, ['0 s', '38 s', '1 min', '2 min', '1 h', '2 h', '1 d', '6 d 4 h']);
});
