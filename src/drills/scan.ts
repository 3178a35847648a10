/** Knocks at closed ports of 127.84.84.84, the one address of loopback that is watched for scans. See docs/drills/scan.md. */

import { once } from 'node:events';
import { connect } from 'node:net';
import { defineDrill } from './drill.ts';

/** Packets between other addresses of loopback are dropped in the kernel: src/host/packet-filter-program.ts. */
const TARGET = '127.84.84.84';
const SOURCE = '127.84.84.83';
/** Nobody listens there: tcpmux and what was never given to a service. */
const PORTS = [1, 2, 3, 4, 5, 6, 8, 10, 12, 14];

export default defineDrill({
  name: 'scan',
  doc: 'Knocks at ten closed ports of 127.84.84.84.',
  rules: ['port-scan'],
  applies: ({ packets }) => packets !== undefined || 'scans are not watched for on this host',
  async act(_host, signal) {
    const atMs = Date.now();
    for (const port of PORTS) await knock(port, signal);
    return {
      atMs,
      words: `knocked at ${PORTS.length} closed ports of ${TARGET}`,
      isToldBy: ({ finding }) => finding.rule === 'port-scan' && finding.source?.ip === SOURCE,
      async [Symbol.asyncDispose]() {
        await Promise.resolve();
      },
    };
  },
});

async function knock(port: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const socket = connect({ host: TARGET, port, localAddress: SOURCE });
  // Refused is what is wanted; accepted is as good.
  await Promise.race([once(socket, 'connect', { signal }), once(socket, 'close', { signal })]).catch(() => undefined);
  socket.destroy();
}
