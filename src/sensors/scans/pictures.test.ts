import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Pictures } from './pictures.ts';
import { MAX_MARKS, Track } from './track.ts';

test('a track shows the whole of a long scan with few marks, its beginning too', () => {
  const track = new Track();
  for (let port = 1; port <= 65_535; port += 1) track.note((6 << 16) | port, port);
  const ports = track.marks.map(({ place }) => place & 0xffff);
  assert.ok(ports.length <= MAX_MARKS && ports.length >= MAX_MARKS / 4, String(ports.length));
  const gaps = ports.map((port, index) => port - (ports[index - 1] ?? 0));
  assert.ok(Math.max(...gaps) <= (2 * 65_535) / (MAX_MARKS / 2), `largest gap ${Math.max(...gaps)}`);
  const few = new Track();
  for (let port = 1; port < MAX_MARKS; port += 1) few.note(port, port);
  assert.equal(few.marks.length, MAX_MARKS - 1);
});

const row = (source: string, firstMs: number) => ({ namespace: 'host', form: 'scan', source, firstMs });

test('a picture is that of the scan that began then, survives a restart, and many are bounded', () => {
  const pictures = new Pictures();
  const dots = [
    [0, 0, 22],
    [12_345_678, 1, 65_535],
  ] as const;
  pictures.keep(row('192.0.2.7', 1), dots);
  pictures.keep(row('192.0.2.7', 2), [[7, 2, 1]]);
  pictures.keep(row('192.0.2.8', 2), []);
  const again = new Pictures();
  again.load(pictures.text());
  assert.deepEqual(again.of(row('192.0.2.7', 1)), dots);
  assert.deepEqual(again.of(row('192.0.2.7', 2)), [[7, 2, 1]]);
  assert.equal(again.of(row('192.0.2.7', 3)), undefined);
  assert.equal(again.of(row('192.0.2.8', 2)), undefined);
  assert.equal(again.dirty, false);
  const many = Array.from({ length: 5_000 }, (_, index) => [index, 0, index] as const);
  for (let count = 0; count < 400; count += 1) pictures.keep(row('2001:db8::/64', count), many);
  assert.ok(pictures.text().length < 2 << 20);
  assert.equal(pictures.of(row('192.0.2.7', 1)), undefined);
  const shown = pictures.of(row('2001:db8::/64', 399)) ?? [];
  assert.ok(shown.length > 100 && shown.length <= 300 && (shown.at(-1)?.[0] ?? 0) > 4_900);
});

test('load() takes any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const pictures = new Pictures();
      pictures.load(text);
      pictures.load(`a\t${text}\n`);
      for (const [afterMs, lane, port] of pictures.of(row('a', 0)) ?? [])
        assert.ok(afterMs >= 0 && lane <= 2 && port <= 65_535);
    }),
  );
});
