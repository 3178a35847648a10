import assert from 'node:assert/strict';
import { Duplex, PassThrough } from 'node:stream';
import { test } from 'node:test';
import { array, asyncProperty, dictionary, assert as hold, integer, string } from 'fast-check';
import { openPipe } from './pipe.ts';

function ends(maxLineBytes = 1000): { input: PassThrough; got: unknown[]; closed: string[] } {
  const input = new PassThrough();
  const got: unknown[] = [];
  const closed: string[] = [];
  openPipe(input, {
    maxLineBytes,
    maxWaitingBytes: 1000,
    onMessage: (one) => got.push(one),
    onClose: (why) => closed.push(why),
  });
  return { input, got, closed };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('openPipe() gives every object once, however the bytes are cut', async () => {
  await hold(
    asyncProperty(
      array(dictionary(string(), string()), { maxLength: 8 }),
      integer({ min: 1, max: 9 }),
      async (objects, step) => {
        const { input, got } = ends(100_000);
        const bytes = Buffer.from(objects.map((one) => `${JSON.stringify(one)}\n`).join(''));
        for (let at = 0; at < bytes.length; at += step) input.write(bytes.subarray(at, at + step));
        await settle();
        assert.equal(JSON.stringify(got), JSON.stringify(objects));
      },
    ),
    { numRuns: 50 },
  );
});

test('openPipe() ends with a line that is too long, with or without its end', async () => {
  for (const text of ['x'.repeat(2000), `"${'x'.repeat(2000)}"\n`]) {
    const { input, got, closed } = ends();
    input.write(text);
    await settle();
    assert.deepEqual(got, []);
    assert.equal(closed.length, 1);
    assert.match(closed[0] ?? '', /more than 1000 bytes/);
  }
});

test('openPipe() ends with a line that is no object', async () => {
  for (const line of ['{', '1', 'null', '"x"']) {
    const { input, closed } = ends();
    input.write(`${line}\n{"a":1}\n`);
    await settle();
    assert.match(closed[0] ?? '', /no JSON object/, line);
  }
});

test('send() refuses once the other side does not read', () => {
  const stuck = new Duplex({ read: () => undefined, write: () => undefined });
  const pipe = openPipe(stuck, {
    maxLineBytes: 10,
    maxWaitingBytes: 100,
    onMessage: () => undefined,
    onClose: () => undefined,
  });
  const sent = Array.from({ length: 20 }, () => pipe.send({ text: 'x'.repeat(20) }));
  assert.equal(sent[0], true);
  assert.equal(sent.at(-1), false);
});
