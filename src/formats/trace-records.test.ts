import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseTraceFormat, type TraceFormat } from './trace-format.ts';
import { readTracePage } from './trace-page.ts';
import { type Decode, decoderOf, type TraceRecord } from './trace-records.ts';

const folder = new URL('../../test/fixtures/trace/', import.meta.url);
const names = [
  'inet_sock_set_state',
  'task_newtask',
  'sched_process_fork',
  'sched_process_exec',
  'sched_process_exit',
  'sys_exit_bind',
];

function formatOf(name: string): TraceFormat {
  const { format, rejects } = parseTraceFormat(readFileSync(new URL(`${name}.format`, folder), 'latin1'));
  assert.deepEqual(rejects, []);
  assert.ok(format);
  return format;
}

const decoders = new Map<number, Decode>(names.map(formatOf).map((format) => [format.id, decoderOf(format)]));

test('decoderOf() tells a captured life: forked, started, listened twice, ended', () => {
  const records: TraceRecord[] = [];
  readTracePage(readFileSync(new URL('page.bin', folder)), (page, at, length, timeNs) => {
    const record = decoders.get(page.readUInt16LE(at))?.(page, at, length, timeNs);
    if (record) records.push(record);
  });
  const exec = records.find((record) => record.type === 'exec');
  assert.equal(exec?.filename.toString(), '/usr/bin/perl');
  const sockets = records.filter((record) => record.type === 'socket');
  assert.deepEqual(
    sockets.map(({ tid, oldState, newState, family, port, address }) => [
      tid === exec.pid,
      `${oldState}→${newState}`,
      family,
      port,
      address.toString('hex'),
    ]),
    [
      [true, '7→10', 2, 4711, '7f000001'],
      [true, '10→7', 2, 4711, '7f000001'],
      [true, '7→10', 10, 4712, '00000000000000000000000000000001'],
      [true, '10→7', 10, 4712, '00000000000000000000000000000001'],
    ],
  );
  assert.equal(records.filter(({ type }) => type === 'bind').length, 2);
  const end = records.findLast((record) => record.type === 'exit');
  assert.deepEqual([end?.pid, end?.last], [exec.pid, true]);
});

test('decoderOf() refuses a kernel whose event lacks a field that we need', () => {
  const format = formatOf('inet_sock_set_state');
  const fields = new Map(format.fields);
  fields.delete('newstate');
  assert.throws(() => decoderOf({ ...format, fields }), /"inet_sock_set_state".*"newstate"/);
});

test('decoders give undefined or a record, whatever the bytes are', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 128 }), fc.constantFrom(...decoders.values()), (bytes, decode) => {
      const record = decode(Buffer.from(bytes), 0, bytes.length, 1);
      assert.ok(record === undefined || record.timeNs === 1);
    }),
  );
});

test('parseTraceFormat() takes every field line or rejects it', () => {
  const line = fc.oneof(fc.string(), fc.constant('\tfield:int a;\toffset:8;\tsize:4;\tsigned:1;'));
  fc.assert(
    fc.property(fc.array(line.map((text) => text.replaceAll('\n', ' '))), (lines) => {
      const { format, rejects } = parseTraceFormat(['name: x', 'ID: 7', ...lines].join('\n'));
      const fields = lines.filter((text) => text.startsWith('\tfield:'));
      const taken = fields.filter((text) => !rejects.includes(text));
      assert.ok(format === undefined || (taken.length === 0) === (format.fields.size === 0));
    }),
  );
  assert.equal(parseTraceFormat('').format, undefined);
});
