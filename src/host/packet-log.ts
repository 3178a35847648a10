/**
 * The packet sense by NFLOG: rules of our own log what the ring's filter would let pass (packet-log-rules.ts), and a group
 * of nfnetlink_log hands it over. It is the sense while blocks through nftables stand anyway, and where packet sockets are
 * refused: docs/decisions/0205-nflog.md.
 */

import { spawnSync } from 'node:child_process';
import { readPacket } from '#formats/packet.ts';
import { isUnfinished } from '#formats/packet-checksum.ts';
import { makePacketHeader } from '#formats/packet-header.ts';
import { type Clock, type Failure, isFailure } from '#model/host.ts';
import type { HeardPacket } from '#model/packets.ts';
import { openExec } from './exec.ts';
import { openPacketLog } from './nflog.ts';
import { FIRST_GENERATION, nftGeneration } from './nft-generation.ts';
import { openTableWatch } from './nft-table-watch.ts';
import { type FilterWish, SNAP_BYTES } from './packet-filter-program.ts';
import { hearingRules, hushRules, unheardRules } from './packet-log-rules.ts';
import type { PacketRing } from './packet-ring.ts';

const NFT = ['/usr/sbin/nft', '/sbin/nft', '/usr/bin/nft'];
const TIMEOUT_MS = 3000;
/** As the ring hands its blocks over. */
const BATCH_MS = 20;
const BATCH_PACKETS = 64;

/** Where, and under which name. */
export interface PacketLogParts {
  readonly clock: Clock;
  readonly namespace: number;
  readonly bufferBytes: number;
  readonly table: string;
  /** Does something in the namespace later, when the thread is elsewhere. */
  readonly within: <T>(act: () => T) => T | Failure;
}

/** Opens the sense in the namespace of the calling thread. Needs CAP_NET_ADMIN and nft. */
export function openPacketLogSense(parts: PacketLogParts, wish: FilterWish): PacketRing | Failure {
  const { clock, namespace, bufferBytes, table } = parts;
  const program = openExec().find(NFT);
  if (program === undefined) return { error: 'ENOENT', path: 'nft' };
  const log = openPacketLog({
    namespace,
    bufferBytes,
    snapBytes: SNAP_BYTES,
    threshold: BATCH_PACKETS,
    timeoutMs: BATCH_MS,
    nowMs: () => clock.nowMs(),
  });
  if (isFailure(log)) return log;
  using stack = new DisposableStack();
  stack.use(log);
  let now = wish;
  let gone = 0;
  const putUp = (): Failure | undefined => runNft(program, hearingRules(table, log.group, now));
  const refused = putUp();
  if (refused !== undefined) return refused;
  stack.defer(() => void parts.within(() => runNft(program, unheardRules(table))));
  const watch = openTableWatch(table, () => {
    // Somebody flushed the packet filter: what came since then was not heard, and how much that was nobody knows.
    gone += 1;
    parts.within(putUp);
  });
  if (isFailure(watch)) return watch;
  stack.use(watch);
  const owned = stack.move();
  const header = makePacketHeader();
  return {
    lost: () => log.lost() + gone,
    filter(next) {
      now = next;
      const done = parts.within(() => runNft(program, hushRules(table, next)));
      return done;
    },
    start: (packet, done) => {
      watch.start();
      log.start((heard) => packet(withChecksum(heard, header)), done);
    },
    [Symbol.dispose]: () => owned.dispose(),
  };
}

/** Takes away what a killed daemon left in the namespace of the calling thread; asks nobody where no rule was ever made. */
export function forgetPacketLog(table: string): void {
  if (nftGeneration() === FIRST_GENERATION) return;
  const program = openExec().find(NFT);
  // It fails where there is no such table, and then nothing is changed.
  if (program !== undefined) runNft(program, `delete table inet ${table}\n`);
}

/** Only what comes in is asked for its checksum. */
function withChecksum(packet: HeardPacket, header: ReturnType<typeof makePacketHeader>): HeardPacket {
  if (!packet.inbound || !readPacket(packet.bytes, packet.start, packet.end, header)) return packet;
  packet.checksummed = !isUnfinished(packet.bytes, header);
  return packet;
}

/** Runs a script in the namespace of the calling thread; a child inherits it. Blocks for some milliseconds. */
function runNft(program: string, input: string): Failure | undefined {
  const ran = spawnSync(program, ['-f', '-'], {
    input,
    timeout: TIMEOUT_MS,
    env: { LC_ALL: 'C' },
    stdio: ['pipe', 'ignore', 'pipe'],
    maxBuffer: 1 << 16,
  });
  if (ran.status === 0) return undefined;
  const [first = ''] = String(ran.stderr ?? '')
    .trim()
    .split('\n');
  const path = `nft: ${first.slice(0, 200) || (ran.error?.message ?? `status ${ran.status}`)}`;
  return { error: /not permitted/.test(first) ? 'EPERM' : 'EINVAL', path };
}
