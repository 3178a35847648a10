import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { laneOf, openPorts, portSpans } from './scan-places.ts';

test('lists of ports are read as a scan writes them', () => {
  assert.deepEqual(portSpans('22-25,80'), [
    [0, 22, 25],
    [0, 80, 80],
  ]);
  assert.deepEqual(portSpans('443; udp 53,161; protocols 1-5'), [
    [0, 443, 443],
    [1, 53, 53],
    [1, 161, 161],
    [2, 1, 5],
  ]);
  assert.deepEqual(portSpans('1,3,…'), [
    [0, 1, 1],
    [0, 3, 3],
  ]);
});

test('what is no list gives nothing', () => {
  for (const text of ['', '10.0.0.9', '<img src=x>', 'many', '-', '22-', '1-2-3'])
    assert.deepEqual(portSpans(text), []);
});

test('ports that answered, with their protocol', () => {
  assert.deepEqual(openPorts(['22', 'udp 53']), [
    [0, 22],
    [1, 53],
  ]);
  assert.deepEqual([laneOf(6), laneOf(17), laneOf(1)], [0, 1, 2]);
});

test('every number stays a port, and there are never too many', () => {
  fc.assert(
    fc.property(fc.string(), fc.array(fc.tuple(fc.nat(99_999), fc.nat(99_999))), (noise, pairs) => {
      const spans = portSpans(`${noise};${pairs.map(([a, b]) => `${a}-${b}`).join(',')}`);
      assert.ok(spans.length <= 200);
      for (const [lane, from, to] of spans) {
        assert.ok(lane >= 0 && lane <= 2);
        assert.ok(from >= 0 && from <= 65_535 && to >= 0 && to <= 65_535);
      }
    }),
  );
});
