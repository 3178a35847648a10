import assert from 'node:assert/strict';
import test from 'node:test';
import { scanScene as scene } from '#test/lab/scan-scene.ts';
import { Senders } from './syn-flood.ts';

/** SYNs to open port 80 for two seconds, 2,000 a second; `completed` of a hundred become a connection. */
async function crowd(on: Awaited<ReturnType<typeof scene>>, completed: number, senders: number): Promise<void> {
  on.door.open_.tcp.add(80);
  for (let slice = 0; slice < 100; slice += 1) {
    for (let count = 0; count < 40; count += 1) {
      const number = (slice * 40 + count) % senders;
      const from = `203.${number >> 8}.${number & 255}.9`;
      on.probe(from, 80, { seq: slice * 40 + count, answer: 'open' });
    }
    const { handshakes } = on.door;
    on.door.handshakes = { completed: handshakes.completed + 0.4 * completed, cookies: handshakes.cookies + 7 };
    await on.wait(20);
  }
}

test('SYNs by the thousand at an open port are a flood where hardly a handshake is completed, and a crowd where they are', async () => {
  await using on = await scene();
  await crowd(on, 90, 60_000);
  await on.wait(1000);
  assert.deepEqual(on.told, []);
  await crowd(on, 2, 60_000);
  // Meanwhile a scanner is told as ever.
  for (const port of [21, 22, 23, 24, 26]) on.probe('198.51.100.7', port);
  await on.wait(300);
  assert.deepEqual(
    on.told.map(({ form, kind, source, ports, addresses }) => [form, kind, source, ports, addresses]),
    [
      ['flood', 'synflood', 'many senders of SYNs', '80', []],
      ['scan', 'syn', '198.51.100.7', '21-24,26', ['198.51.100.7']],
    ],
  );
  const [row] = await on.rows();
  assert.match(
    row?.score ?? '',
    /^up to [12],\d00 SYNs a second from about [123],\d00 senders, [\d.]+ of [\d,]+ handshakes completed, \d+ SYN cookies sent$/,
  );
  await on.wait(62_000);
  await on.rows();
  assert.deepEqual(await on.rows(), []);
});

test('a SYN flood of one sender names it', async () => {
  await using on = await scene();
  await crowd(on, 0, 1);
  assert.deepEqual(
    on.told.map(({ form, kind, source, blockable }) => [form, kind, source, blockable]),
    [['flood', 'synflood', '203.0.0.9', false]],
  );
});

test('different senders are counted to a few per cent, in bounded memory', () => {
  for (const count of [1, 100, 10_000, 60_000]) {
    const senders = new Senders();
    for (let number = 0; number < count; number += 1)
      for (const _ of [1, 2]) senders.add((number * 2_654_435_761) >>> 0);
    assert.ok(Math.abs(senders.count - count) <= count * 0.05, `${senders.count} of ${count}`);
  }
  const six = new Senders();
  for (let number = 0; number < 1000; number += 1) six.add(`20010db8${number.toString(16).padStart(8, '0')}`);
  assert.ok(Math.abs(six.count - 1000) <= 50, `${six.count}`);
});
