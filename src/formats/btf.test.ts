import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import test from 'node:test';
import * as fc from 'fast-check';
import { parseBtf } from './btf.ts';

const KERNEL = '/sys/kernel/btf/vmlinux';
const [INT, ARRAY, STRUCT, UNION, FUNC, FUNC_PROTO, ENUM64] = [1, 3, 4, 5, 12, 13, 19];

/** Words of one type: its kind, name and what follows; `flag` is that of bit fields. */
interface Made {
  readonly kind: number;
  readonly name?: string;
  readonly vlen?: number;
  readonly flag?: boolean;
  readonly more?: readonly (number | string)[];
}

/** A description as pahole(1) writes it. */
function describe(types: readonly Made[], { pad = 0 } = {}): Buffer {
  let names = '\0';
  const nameAt = (name: string): number => {
    if (name === '') return 0;
    const known = names.indexOf(`\0${name}\0`);
    if (known >= 0) return known + 1;
    names += `${name}\0`;
    return names.length - name.length - 1;
  };
  const words = types.flatMap(({ kind, name = '', vlen = 0, flag = false, more = [] }) => [
    nameAt(name),
    ((flag ? 0x8000_0000 : 0) | (kind << 24) | vlen) >>> 0,
    8,
    ...more.map((word) => (typeof word === 'string' ? nameAt(word) : word)),
  ]);
  const header = Buffer.alloc(24);
  header.writeUInt16LE(0xeb9f, 0);
  header.writeUInt8(1, 2);
  header.writeUInt32LE(24, 4);
  header.writeUInt32LE(words.length * 4, 12);
  header.writeUInt32LE(words.length * 4, 16);
  header.writeUInt32LE(names.length, 20);
  const body = Buffer.alloc(words.length * 4);
  for (const [index, word] of words.entries()) body.writeUInt32LE(word, index * 4);
  return Buffer.concat([Buffer.alloc(pad), header, body, Buffer.from(names, 'latin1')]).subarray(pad);
}

const types: readonly Made[] = [
  { kind: INT, name: 'int', more: [32] },
  { kind: ARRAY, more: [1, 1, 4] },
  { kind: ENUM64, name: 'e', vlen: 1, more: ['e', 0, 0] },
  { kind: UNION, vlen: 2, more: ['left', 1, 0, 'right', 1, 32] },
  { kind: STRUCT, name: 'task', vlen: 3, more: ['state', 1, 0, '', 4, 64, 'pid', 1, 128] },
  { kind: STRUCT, name: 'bits', vlen: 2, flag: true, more: ['narrow', 1, 0x0300_0001, 'wide', 1, 32] },
  { kind: FUNC_PROTO, vlen: 1, more: ['task', 5] },
  { kind: FUNC, name: 'task' },
];

test('functions and fields are found by name, also in nameless parts', () => {
  for (const pad of [0, 1]) {
    const btf = parseBtf(describe(types, { pad }));
    assert.ok(btf);
    assert.equal(btf.functionId('task'), 8);
    assert.equal(btf.functionId('int'), undefined, 'a type of that name is no function');
    assert.deepEqual(
      ['state', 'left', 'right', 'pid', 'gone'].map((field) => btf.offsetOf('task', field)),
      [0, 8, 12, 16, undefined],
    );
    assert.deepEqual([btf.offsetOf('bits', 'narrow'), btf.offsetOf('bits', 'wide')], [undefined, 4]);
    assert.equal(btf.offsetOf('nothing', 'pid'), undefined);
  }
});

test('what is cut off, or of a later kind, is refused', () => {
  const whole = describe(types);
  assert.equal(parseBtf(Buffer.concat([Buffer.from([0]), whole])), undefined);
  assert.equal(parseBtf(describe([{ kind: 20 }])), undefined);
  assert.equal(parseBtf(describe([{ kind: STRUCT, name: 'task', vlen: 9 }])), undefined);
  for (let length = 0; length < whole.length; length += 1) assert.equal(parseBtf(whole.subarray(0, length)), undefined);
});

test('any bytes behind a header are read without an error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 24, maxLength: 300 }), (bytes) => {
      const body = Buffer.from(bytes);
      const whole = describe(types);
      whole.set(body.subarray(0, whole.length - 24), 24);
      const btf = parseBtf(whole);
      assert.equal(btf?.offsetOf('nothing', 'pid'), undefined);
      btf?.offsetOf('task', 'pid');
    }),
  );
});

test('this kernel describes itself', { skip: !existsSync(KERNEL) && 'no BTF' }, () => {
  const btf = parseBtf(readFileSync(KERNEL));
  assert.ok(btf);
  assert.ok((btf.functionId('bpf_iter_task_file') ?? 0) > 0);
  const pid = btf.offsetOf('task_struct', 'pid') ?? 0;
  assert.equal(btf.offsetOf('task_struct', 'tgid'), pid + 4, 'they stand beside each other in sched.h');
});
