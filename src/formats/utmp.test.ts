import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseUtmp } from './utmp.ts';

function record(
  type: number,
  fields: { user?: string; host?: string; address?: readonly number[]; at?: number },
): Buffer {
  const bytes = Buffer.alloc(384);
  bytes.writeUInt16LE(type, 0);
  bytes.writeInt32LE(4242, 4);
  bytes.write('pts/0', 8);
  bytes.write(fields.user ?? 'root', 44);
  bytes.write(fields.host ?? '', 76);
  bytes.writeUInt32LE(fields.at ?? 1_700_000_000, 340);
  Buffer.from(fields.address ?? []).copy(bytes, 348);
  return bytes;
}

test('logins with the address in its field, or as the name of the host', () => {
  const { rows, rejects } = parseUtmp(
    Buffer.concat([
      record(2, {}),
      record(7, { address: [192, 0, 2, 7] }),
      record(7, { host: '2001:db8::1' }),
      record(7, { user: 'bob', host: 'laptop', address: [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9] }),
      record(8, {}),
      record(7, { host: 'tty1' }),
    ]),
  );
  assert.equal(rejects, 0);
  assert.deepEqual(
    rows.map(({ address }) => address),
    ['192.0.2.7', '2001:db8::1', '2001:db8::9', ''],
  );
  assert.deepEqual(rows[0], {
    pid: 4242,
    line: 'pts/0',
    user: 'root',
    address: '192.0.2.7',
    timeMs: 1_700_000_000_000,
  });
});

test('torn and strange records are counted', () => {
  assert.equal(parseUtmp(Buffer.concat([record(7, {}), Buffer.alloc(10)])).rejects, 1);
  assert.equal(parseUtmp(record(900, {})).rejects, 1);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => void parseUtmp(bytes)));
});
