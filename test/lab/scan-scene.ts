/** The watch for scans on a stage: packets that a test makes up, our answers to them, and a clock that it moves. */

import { ACK, RST, SYN } from '#formats/packet-header.ts';
import type { SensorEvent } from '#model/sensor.ts';
import scanEvents from '#sensors/scan-events.ts';
import type { ScanRow } from '#sensors/scan-table.ts';
import scansSensor from '#sensors/scans.ts';
import { FakeClock, type FakeHost, fakeHost } from './fake-host.ts';
import { type FakeDoor, type FakeTcp, fakeDoor, tcpPacket } from './fake-packets.ts';

/** Our address: it ends with ".1". */
export const US = '192.0.2.1';

/** The watch for scans over made-up packets and time. */
export interface ScanScene extends AsyncDisposable {
  readonly host: FakeHost;
  readonly door: FakeDoor;
  readonly told: ScanRow[];
  lost(): number;
  /** A SYN that a tool writes; our answer follows unless `silent`. */
  probe(from: string, port: number, more?: Partial<FakeTcp> & { readonly answer?: 'closed' | 'open' | 'silent' }): void;
  /** Hands over what was sent and lets time pass. */
  wait(ms: number): Promise<void>;
  rows(): Promise<readonly ScanRow[]>;
}

/** Arms it. */
export async function scanScene(door = fakeDoor(), clock = new FakeClock()): Promise<ScanScene> {
  const host: FakeHost = {
    ...fakeHost(clock),
    packets: door,
    network: { ...fakeHost().network, namespaces: () => [{ inode: 1, label: 'host', pid: 1 }] },
  };
  const stop = new AbortController();
  const listening = await scanEvents.listen(host, stop.signal);
  const told: ScanRow[] = [];
  const reading = (async () => {
    for await (const batch of listening.events)
      for (const { kind, row } of batch as readonly SensorEvent<ScanRow>[])
        if (kind === 'appeared' && row) told.push(row);
  })();
  return {
    host,
    door,
    told,
    lost: () => listening.lost(),
    probe(from, port, { answer = 'closed', ...more } = {}) {
      const nowMs = clock.nowMs();
      const { to = US, sourcePort = 50_000, flags = SYN } = more;
      door.send(tcpPacket({ from, to, targetPort: port, sourcePort, flags, ...more }), nowMs);
      if (answer === 'silent') return;
      const back = { from: to, to: from, sourcePort: port, targetPort: sourcePort };
      if (answer === 'closed') door.send(tcpPacket({ ...back, flags: RST | ACK, seq: 0 }), nowMs, false);
      else door.send(tcpPacket({ ...back, flags: SYN | ACK, seq: 1000, ack: 8 }), nowMs, false);
    },
    async wait(ms) {
      door.batch();
      await clock.advance(ms);
    },
    rows: async () => (await scansSensor.look(host, stop.signal)).rows,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await clock.advance(2000);
      await listening[Symbol.asyncDispose]();
      await reading;
    },
  };
}
