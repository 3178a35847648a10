import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import { FanotifyReader, FILE_BIT } from './fanotify-record.ts';

/** A record as the kernel writes it: metadata, then fsid, handle and name. */
function record(mask: number, pid: number, name: string, handle = Buffer.from('0102030405060708', 'hex')): Buffer {
  const text = Buffer.from(`${name}\0`);
  const info = Buffer.alloc(20);
  info[0] = 2;
  info.writeUInt16LE(20 + handle.length + text.length, 2);
  info.write('fsidfsid', 4, 'latin1');
  info.writeUInt32LE(handle.length, 12);
  info.writeInt32LE(1, 16);
  const body = Buffer.concat([info, handle, text]);
  const head = Buffer.alloc(24);
  head.writeUInt32LE(24 + body.length, 0);
  head[4] = 3;
  head.writeUInt16LE(24, 6);
  head.writeUInt32LE(mask, 8);
  head.writeInt32LE(-1, 16);
  head.writeInt32LE(pid, 20);
  return Buffer.concat([head, body]);
}

test('FanotifyReader gives mask, pid, place and name of each record', () => {
  const bytes = Buffer.concat([record(FILE_BIT.written, 7, 'passwd'), record(FILE_BIT.created, 8, '.')]);
  const reader = new FanotifyReader(bytes);
  reader.start(bytes.length);
  assert.ok(reader.next());
  assert.deepEqual([reader.mask, reader.pid], [FILE_BIT.written, 7]);
  assert.equal(bytes.toString('utf8', reader.nameStart, reader.nameEnd), 'passwd');
  const place = bytes.toString('latin1', reader.placeStart, reader.placeEnd);
  assert.ok(place.startsWith('fsidfsid') && place.endsWith('\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008'));
  assert.ok(reader.next());
  assert.equal(bytes.toString('latin1', reader.placeStart, reader.placeEnd), place);
  assert.equal(bytes.toString('utf8', reader.nameStart, reader.nameEnd), '.');
  assert.ok(!reader.next() && !reader.damaged);
});

test('FanotifyReader says where no folder was told, and where bytes are damaged', () => {
  const overflow = record(FILE_BIT.overflow, 0, '').subarray(0, 24);
  overflow.writeUInt32LE(24, 0);
  const reader = new FanotifyReader(Buffer.concat([overflow, Buffer.from('short')]));
  reader.start(1000);
  assert.ok(reader.next());
  assert.equal(reader.placeStart, reader.placeEnd);
  assert.ok(!reader.next());
  assert.ok(reader.damaged);
});

test('FanotifyReader ends for any bytes and stays within them', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.constant(record(8, 1, 'x')))), (parts) => {
      const bytes = Buffer.concat(parts);
      const reader = new FanotifyReader(bytes);
      reader.start(bytes.length);
      let records = 0;
      while (reader.next()) {
        records += 1;
        assert.ok(reader.placeEnd <= bytes.length);
        if (reader.placeStart < reader.placeEnd) assert.ok(reader.nameEnd <= bytes.length);
      }
      assert.ok(records <= bytes.length / 24);
    }),
  );
});
