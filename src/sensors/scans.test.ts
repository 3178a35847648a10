import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import { ACK, FIN, RST, SYN } from '#formats/packet-header.ts';
import { FakeClock, fakeHost } from '#test/lab/fake-host.ts';
import { fakeDoor, LINUX_OPTIONS, tcpPacket, udpPacket } from '#test/lab/fake-packets.ts';
import { scanScene as scene, US } from '#test/lab/scan-scene.ts';
import scanEvents from './scan-events.ts';
import { scans } from './scan-table.ts';
import scansSensor from './scans.ts';

test('a scan is told once, a third of a second after it became one at most, and its row goes when it is quiet', async () => {
  await using on = await scene();
  for (const port of [21, 22, 23, 24, 26]) on.probe('198.51.100.7', port);
  await on.wait(300);
  assert.deepEqual(
    on.told.map(({ form, source, kind, score }) => [form, source, kind, score]),
    [['scan', '198.51.100.7', 'syn', '5 of 5 ports closed']],
  );
  for (let port = 100; port < 900; port += 1) on.probe('198.51.100.7', port);
  await on.wait(1000);
  const [row] = await on.rows();
  assert.equal(row?.tried, 805);
  assert.equal(row?.closed, 805);
  assert.equal(on.told.length, 1);
  for (let port = 1000; port < 1010; port += 1) on.probe('198.51.100.7', port);
  await on.wait(61_000);
  // Its row is shown once more after its last probe, so that its end is told with all of it.
  assert.equal((await on.rows())[0]?.tried, 815);
  assert.deepEqual(await on.rows(), []);
  for (const port of [21, 22, 23, 24, 26]) on.probe('198.51.100.7', port);
  await on.wait(300);
  assert.equal(on.told.length, 2);
});

test('a scan of thousands of ports in a moment is called by its technique', async () => {
  await using on = await scene();
  for (let port = 1; port <= 3000; port += 1)
    on.probe('198.51.100.7', port, { answer: port === 80 ? 'open' : 'closed' });
  await on.wait(300);
  assert.deepEqual(
    on.told.map(({ kind, score, ports, learned }) => [kind, score, ports, learned]),
    [['syn', '2,999 of 3,000 ports closed, 1 open', '1-3000', ['80']]],
  );
});

test('who is confirmed, who is alive, and what they learned', async () => {
  await using on = await scene();
  for (const port of [1, 2, 3, 4]) on.probe('198.51.100.7', port);
  on.probe('198.51.100.7', 22, { answer: 'open' });
  await on.wait(300);
  assert.equal((await on.rows())[0]?.verdict, 'unconfirmed');
  await on.wait(4000);
  assert.equal((await on.rows())[0]?.verdict, 'silent');
  assert.match((await on.rows())[0]?.also.join() ?? '', /idle scan or a forged sender/);
  assert.deepEqual((await on.rows())[0]?.learned, ['22']);
  on.door.send(tcpPacket({ from: '198.51.100.7', to: US, targetPort: 22, flags: RST, seq: 8 }), on.host.clock.nowMs());
  assert.equal((await on.rows())[0]?.verdict, 'alive');
  const wrong = { from: '198.51.100.7', to: US, targetPort: 22, flags: RST | ACK, seq: 8 };
  on.door.send(tcpPacket({ ...wrong, ack: 77 }), on.host.clock.nowMs());
  assert.equal((await on.rows())[0]?.verdict, 'alive', 'a number that only guesses proves nothing');
  on.door.send(tcpPacket({ ...wrong, ack: 1001 }), on.host.clock.nowMs());
  assert.equal((await on.rows())[0]?.verdict, 'confirmed');
  assert.equal((await on.rows())[0]?.blockable, true);
});

test('behind a packet filter that drops, ports without a listener count and those with one do not', async () => {
  await using on = await scene();
  for (const port of [7000, 7001, 7002, 7003, 7004]) on.door.open_.tcp.add(port);
  for (const port of [7000, 7001, 7002, 7003, 7004]) on.probe('198.51.100.7', port, { answer: 'silent' });
  for (const port of [7010, 7011, 7012, 7013, 7014]) on.probe('198.51.100.8', port, { answer: 'silent' });
  await on.wait(600);
  assert.deepEqual(
    on.told.map(({ source }) => source),
    ['198.51.100.8'],
  );
});

test('a slow scan is found over hours and over a restart', async () => {
  const clock = new FakeClock();
  const texts = new Map<string, string>();
  {
    await using on = await scene(fakeDoor({}, texts), clock);
    for (let port = 2001; port < 2006; port += 1) {
      on.probe('198.51.100.7', port);
      await on.wait(3_600_000);
    }
    assert.deepEqual(on.told, []);
  }
  // 6 << 16 | 2005
  assert.match(texts.get('slow-scans') ?? '', /395221/);
  await using again = await scene(fakeDoor({}, texts), clock);
  for (let port = 2006; port < 2010; port += 1) {
    again.probe('198.51.100.7', port);
    await again.wait(3_600_000);
  }
  assert.deepEqual(
    again.told.map(({ source, kind, tried }) => [source, kind, tried]),
    [['198.51.100.7', 'slow', 8]],
  );
});

test('what is kept and makes no sense is left out', async () => {
  const broken = '[[3325256711,5],["zz",1,2,3,4],7,[3325256711,"x",1,1,1],[1,2,3,4,5]]';
  for (const text of ['', '{', 'null', '[1,2', broken]) {
    await using on = await scene(fakeDoor({}, new Map([['slow-scans', text]])));
    on.probe('198.51.100.7', 2000);
    await on.wait(300);
    assert.deepEqual(on.told, []);
  }
});

test('neighbours of one network that share the ports among them are one scan', async () => {
  await using on = await scene();
  for (let index = 0; index < 16; index += 1) on.probe(`198.51.100.${10 + (index % 8)}`, 3000 + index);
  await on.wait(600);
  assert.deepEqual(
    on.told.map(({ form, source }) => [form, source]),
    [['distributed', '198.51.100.0/24']],
  );
  const [address = ''] = on.told[0]?.addresses ?? [];
  on.probe(address, 22, { answer: 'open' });
  on.door.send(
    tcpPacket({ from: address, to: US, targetPort: 22, flags: FIN | ACK, seq: 8, ack: 1001 }),
    on.host.clock.nowMs(),
  );
  const [row] = await on.rows();
  assert.deepEqual([row?.verdict, row?.blockable], ['confirmed', false], 'the others have proved nothing');
});

test('the users of one network who each look for one of eight things that are gone are no scan', async () => {
  await using on = await scene();
  for (let last = 1; last <= 40; last += 1)
    on.probe(`198.51.100.${last + 1}`, 3000 + (last % 8), { sourcePort: 40_000 + last, seq: last });
  await on.wait(900);
  assert.deepEqual(on.told, []);
});

test('unrelated senders with the same list of ports are one scan, a crowd at one port is none', async () => {
  await using on = await scene();
  for (let network = 1; network <= 6; network += 1)
    for (const port of [5001, 5002, 5003]) on.probe(`203.${network}.113.5`, port);
  for (let network = 1; network <= 200; network += 1)
    on.probe(`203.0.${network}.9`, 443, { sourcePort: 4000 + network });
  await on.wait(600);
  assert.deepEqual(
    on.told.map(({ form, source }) => [form, source]),
    [['distributed', 'ports 5001-5003']],
  );
});

test('a flood is one row, accuses nobody, and a scan after it is told within a second', async () => {
  await using on = await scene();
  let random = 1;
  const next = (below: number): number => {
    random = (random * 48_271) % 2_147_483_647;
    return random % below;
  };
  for (let slice = 0; slice < 44; slice += 1) {
    for (let count = 0; count < 400; count += 1)
      on.probe(`203.${next(250)}.${next(250)}.9`, 1 + next(60_000), { seq: next(2 ** 31) });
    await on.wait(20);
  }
  // From here on it is over, and at once somebody begins.
  await on.wait(60);
  for (let port = 1; port < 60; port += 1) on.probe('198.51.100.7', port);
  await on.wait(900);
  assert.deepEqual(
    on.told.map(({ form, source }) => [form, source]),
    [
      ['flood', 'many senders'],
      ['scan', '198.51.100.7'],
    ],
  );
});

test('the same probes from several senders are one scan behind decoys, and the one that reacts is named', async () => {
  // To ignore one of them is not to ignore the scanner.
  await using on = await scene(fakeDoor({ ignore: ['198.51.5.9'] }));
  for (const port of [21, 22, 24, 25, 26, 27]) {
    for (const last of [5, 6, 7])
      on.probe(`198.51.${last}.9`, port, { answer: port === 22 ? 'open' : 'closed', seq: 99 });
  }
  on.door.send(tcpPacket({ from: '198.51.6.9', to: US, targetPort: 22, flags: RST, seq: 8 }), on.host.clock.nowMs());
  await on.wait(300);
  assert.equal(on.told.length, 1);
  assert.equal(on.told[0]?.form, 'decoys');
  assert.deepEqual([...(on.told[0]?.addresses ?? [])].sort(), ['198.51.5.9', '198.51.6.9', '198.51.7.9']);
  assert.equal(on.told[0]?.likely, '198.51.6.9');
  assert.equal(on.told[0]?.blockable, false);
});

test('addresses in scans.ignore are not told, networks included', async () => {
  await using on = await scene(fakeDoor({ ignore: ['198.51.100.0/24', '2001:db8::/32'] }));
  for (const port of [21, 22, 23, 24, 26]) {
    on.probe('198.51.100.7', port, { seq: 1 });
    on.probe('2001:db8::7', port, { to: '2001:db8:5::1', seq: 2 });
    on.probe('198.51.101.7', port, { seq: 3 });
  }
  await on.wait(300);
  assert.deepEqual(
    on.told.map(({ source }) => source),
    ['198.51.101.7'],
  );
});

test('a browser that comes back, and a program that keeps asking, are no scanners', async () => {
  await using on = await scene();
  const linux = { options: LINUX_OPTIONS, window: 64_240 };
  for (let count = 0; count < 50; count += 1) {
    on.probe('198.51.100.7', 80, { ...linux, sourcePort: 40_000 + count, answer: 'open' });
    on.probe('198.51.100.7', 443, { ...linux, sourcePort: 41_000 + count });
    on.probe('198.51.100.8', 9000, { ...linux, sourcePort: 42_000 + count });
  }
  await on.wait(600);
  assert.deepEqual(on.told, []);
});

test('scans that go out are told with what was asked, and what is accepted is none', async () => {
  await using on = await scene();
  const nowMs = (): number => on.host.clock.nowMs();
  const ask = (to: string, port: number): void =>
    on.door.send(tcpPacket({ from: US, to, targetPort: port, flags: SYN }), nowMs(), false);
  for (let port = 1; port <= 40; port += 1) ask('198.51.100.9', port);
  for (let last = 1; last <= 60; last += 1) {
    ask(`203.0.113.${last}`, 443);
    on.door.send(
      tcpPacket({ from: `203.0.113.${last}`, to: US, sourcePort: 443, targetPort: 50_000, flags: SYN | ACK }),
      nowMs(),
    );
  }
  await on.wait(3000);
  assert.deepEqual(
    on.told.map(({ form, targets, tried }) => [form, targets, tried]),
    [['outbound', ['198.51.100.9'], 40]],
  );
});

test('busy UDP services are hushed in the kernel, closed ports are not', async () => {
  await using on = await scene();
  on.door.open_.udp.add(443);
  const send = (port: number, count: number): void => {
    for (let index = 0; index < count; index += 1)
      on.door.send(
        udpPacket({ from: '198.51.100.7', to: US, targetPort: port, sourcePort: 33_333 }),
        on.host.clock.nowMs(),
      );
  };
  send(443, 150);
  send(445, 3);
  // What listens is asked when a probe stays without an answer.
  await on.wait(400);
  send(443, 150);
  send(445, 150);
  await on.wait(400);
  assert.deepEqual([...new Set(on.door.hushed)], [443]);
});

test('without a packet sense the table is empty and says why', async () => {
  const host = fakeHost();
  const look = await scansSensor.look(host, AbortSignal.timeout(1000));
  assert.deepEqual(look.rows, []);
  assert.equal(look.gaps[0]?.reduced, true);
  const stop = new AbortController();
  const listening = await scanEvents.listen(host, stop.signal);
  stop.abort();
  for await (const _ of listening.events) assert.fail('an event');
});

test('a scanner that comes back for what it found is told once, and others are not', async () => {
  await using on = await scene();
  for (const port of [21, 23, 24, 25, 26]) on.probe('198.51.100.7', port);
  on.probe('198.51.100.7', 22, { answer: 'open' });
  await on.wait(62_000);
  await on.rows();
  assert.deepEqual(await on.rows(), []);
  const ordinary = { options: LINUX_OPTIONS, window: 64_240, answer: 'open' } as const;
  on.probe('198.51.100.7', 443, ordinary);
  on.probe('198.51.100.8', 22, ordinary);
  await on.wait(300);
  assert.equal(on.told.length, 1);
  on.probe('198.51.100.7', 22, { ...ordinary, sourcePort: 51_000 });
  await on.wait(300);
  assert.deepEqual(
    on.told.map(({ form, source }) => [form, source]),
    [
      ['scan', '198.51.100.7'],
      ['return', '198.51.100.7'],
    ],
  );
  await on.wait(62_000);
  await on.rows();
  on.probe('198.51.100.7', 22, { ...ordinary, sourcePort: 51_001 });
  await on.wait(300);
  assert.equal(on.told.length, 2);
});

test('what the ring loses in a scan is told with the scan, what it loses otherwise by itself', async () => {
  await using on = await scene();
  on.door.lost = 7;
  await on.wait(5000);
  assert.equal(on.lost(), 7);
  for (let port = 1; port < 100; port += 1) on.probe('198.51.100.7', port);
  on.door.lost = 1007;
  await on.wait(2000);
  assert.equal(on.lost(), 7);
  assert.equal((await on.rows())[0]?.unseen, 1000);
  await on.wait(30_000);
  on.door.lost = 1009;
  await on.wait(5000);
  assert.equal(on.lost(), 9);
});

test('whatever bytes come in and go out, nothing fails and every row is whole', async () => {
  const first = fc.constantFrom(0x45, 0x46, 0x4f, 0x60, 0x00);
  const protocol = fc.constantFrom(0, 1, 6, 17, 43, 44, 58, 60, 132, 255);
  const packet = fc.tuple(first, protocol, fc.boolean(), fc.uint8Array({ minLength: 20, maxLength: 128 }));
  await fc.assert(
    fc.asyncProperty(fc.array(packet, { maxLength: 60 }), async (packets) => {
      await using on = await scene();
      for (const [version, carried, inbound, bytes] of packets) {
        const raw = Buffer.from(bytes);
        raw[0] = version;
        raw[version === 0x60 ? 6 : 9] = carried;
        // To or from us, as often as not from a few neighbours, so that they come to something.
        raw[19] = (raw[19] ?? 0) & 1;
        on.door.send(raw, on.host.clock.nowMs(), inbound);
      }
      await on.wait(500);
      for (const row of [...on.told, ...(await on.rows())]) {
        assert.deepEqual(Object.keys(row).sort(), Object.keys(scans.columns).sort());
        assert.ok(!/undefined|NaN|\[object/.test(JSON.stringify(row)), JSON.stringify(row));
        assert.ok(row.firstMs <= row.lastMs && row.tried >= row.closed + row.open);
      }
    }),
    { numRuns: 150 },
  );
});

test('what only ends or belongs to a connection is no probe', async () => {
  await using on = await scene();
  for (let port = 1; port < 40; port += 1) {
    for (const flags of [FIN | ACK, RST, RST | ACK, SYN | ACK])
      on.door.send(
        tcpPacket({ from: '198.51.100.7', to: US, targetPort: port, flags, seq: 3, ack: 4 }),
        on.host.clock.nowMs(),
      );
    // What is not for us is none of our business.
    on.probe('198.51.100.8', port, { to: '192.0.2.9' });
  }
  await on.wait(600);
  assert.deepEqual(on.told, []);
});
