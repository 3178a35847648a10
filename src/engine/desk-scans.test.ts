import assert from 'node:assert/strict';
import test from 'node:test';
import { SYN } from '#formats/packet-header.ts';
import { rules } from '#rules/index.ts';
import scanEvents from '#sensors/scan-events.ts';
import scansSensor, { dotsOfScan } from '#sensors/scans.ts';
import { openStore } from '#store/open.ts';
import { type FakeHost, fakeHost } from '#test/lab/fake-host.ts';
import { fakeDoor, tcpPacket } from '#test/lab/fake-packets.ts';
import { FakeChannel, plainWords } from '#test/lab/fake-watch.ts';
import { start, terminal } from '#test/lab/stage.ts';
import { makeTemp } from '#test/lab/temp.ts';
import { createWatch } from './watch.ts';

test('a scan is two lines and an entry with its picture: it opens, and closes with totals', async () => {
  await using temp = await makeTemp();
  const door = fakeDoor();
  const host: FakeHost = {
    ...fakeHost(),
    packets: door,
    network: { ...fakeHost().network, namespaces: () => [{ inode: 1, label: 'host', pid: 1 }] },
  };
  const file = new FakeChannel('file', 'alerts');
  await using store = openStore({ stateDir: `${temp.path}/state`, host, mode: 'write' });
  const parts = { host, store, rules: rules.filter(({ on }) => on === 'scans'), channels: [file], words: plainWords };
  await using watch = createWatch({
    ...parts,
    sensors: [scansSensor],
    listeners: [scanEvents],
    dotsOf: dotsOfScan,
    version: 'test',
  });
  await start(watch, host);
  const probe = (port: number): void =>
    door.send(tcpPacket({ from: '198.51.100.7', to: '192.0.2.1', targetPort: port, flags: SYN }), host.clock.nowMs());
  for (let port = 1; port <= 8; port += 1) probe(port);
  door.batch();
  await host.clock.advance(700);
  assert.deepEqual(
    file.told.map(({ alert, update }) => [update, alert.state, alert.finding.rule]),
    [[false, 'open', 'port-scan']],
  );
  for (let port = 9; port <= 100; port += 1) probe(port);
  door.batch();
  await host.clock.advance(5000);
  const desk = watch.desk(terminal);
  const going = (await desk.ask('scans', {})).scans.map(({ row = {}, dots }) => [row['tried'], dots.length, dots[0]]);
  assert.deepEqual(going, [[100, 100, [0, 0, 1]]]);
  await host.clock.advance(120_000);
  const [, last, ...more] = file.told.map(({ alert }) => alert);
  assert.ok(last !== undefined && more.length === 0);
  assert.equal(last.state, 'closed');
  assert.equal(last.finding.facts['tried'], 100);
  assert.match(last.finding.title, /over after 100 packets/);
  assert.deepEqual((await desk.ask('scans', {})).scans, []);
  const over = (await desk.ask('scans', { all: true })).scans.map(({ alert, row }) => [alert.id, row]);
  assert.deepEqual(over, [[last.id, undefined]]);
  // The picture stays, and it is that of this scan.
  const [shown] = (await desk.ask('scans', { all: true })).scans;
  assert.deepEqual([shown?.dots.length, shown?.dots[0], shown?.dots.at(-1)?.[2]], [100, [0, 0, 1], 100]);
  assert.equal(shown?.later, undefined);
  // Whoever comes again is told of at what came first; within minutes it would be the same alert.
  await host.clock.advance(3_600_000);
  for (let port = 1; port <= 8; port += 1) probe(port);
  door.batch();
  await host.clock.advance(700);
  const both = (await desk.ask('scans', { all: true })).scans;
  assert.deepEqual(
    both.map(({ alert, later = [] }) => [alert.state, later.map(({ what, alert: id }) => [what, id])]),
    [
      ['open', []],
      ['closed', [['again', both[0]?.alert.id]]],
    ],
  );
});
