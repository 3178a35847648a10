import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { linesOf } from '#lib/parse-lines.ts';
import { parseTimeline } from './captured-timeline.ts';

test('parseTimeline() fills in what is left out, refuses wrong types, and sorts by time', () => {
  const { rows, rejects } = parseTimeline(
    [
      '{"atMs": 2000, "events": [{"kind": "listen", "pid": 7, "port": 80, "address": "0.0.0.0"}]}',
      '{"atMs": 1000, "sockets": [{"localPort": 22, "uid": "root", "owners": [1, "x"]}], "files": {"/a": "b", "/c": null, "/d": 1, "/s": {"type": "socket", "mode": 432, "uid": 0}, "/t": {"type": "socket"}}}',
      '{"atMs": "soon"}',
      'nonsense',
    ].join('\n'),
  );
  assert.equal(rejects.length, 2);
  assert.deepEqual(
    rows.map(({ atMs }) => atMs),
    [1000, 2000],
  );
  const socket = rows[0]?.sockets?.[0];
  assert.deepEqual([socket?.localPort, socket?.uid, socket?.state, socket?.owners], [22, 0, 'LISTEN', [1]]);
  assert.deepEqual(rows[0]?.files, { '/a': 'b', '/c': null, '/s': { type: 'socket', mode: 0o660, uid: 0 } });
  assert.deepEqual(rows[1]?.events?.[0]?.port, 80);
  assert.equal(rows[1]?.sockets, undefined);
});

test('parseTimeline() accounts for every line of any text', () => {
  const json = fc.json().map((text) => text.replaceAll('\n', ' '));
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string({ unit: 'binary' }), json)), (lines) => {
      const text = lines.join('\n');
      const { rows, rejects } = parseTimeline(text);
      assert.equal(rows.length + rejects.length, linesOf(text).length);
    }),
  );
});
