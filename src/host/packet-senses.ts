/** How packets are heard, for `telltale doctor`: which sense is at work, why, and what is missing where none is. */

import { existsSync } from 'node:fs';
import { isFailure, type Sense } from '#model/host.ts';
import { openPacketLog } from './nflog.ts';
import { HEARD_BY } from './packet-namespace.ts';
import { openPacketRing } from './packet-ring.ts';
import type { Hearing } from './scan-doors.ts';

const NAME = 'packets that may be probes';
const NFT = ['/usr/sbin/nft', '/sbin/nft', '/usr/bin/nft'];

const HEARD: Readonly<Record<string, string>> = {
  [HEARD_BY.ring]: 'port scans are told as they happen; lost packets are counted',
  [HEARD_BY.log]: 'rules of our own log what may be a probe, before any block drops it; lost packets are counted',
};

/** What hears now is asked for no more than that; else both ways are tried for a moment, without any rule. */
export function probePackets({ ways, by, instead }: Hearing): Sense {
  const on = ways.logFirst ? 'blocks through nftables are on: ' : '';
  if (by !== undefined) {
    const but = instead === undefined || instead === '' ? on : `${instead}; so `;
    return works(by, `${but}${HEARD[by] ?? 'port scans are told as they happen'}`);
  }
  const tried = [
    [HEARD_BY.ring, () => openPacketRing(0, 64 << 10, { hushed: [], ephemeral: [32_768, 60_999] })],
    [HEARD_BY.log, openGroup],
  ] as const;
  const refusals: string[] = [];
  for (const [way, open] of ways.logFirst ? tried.toReversed() : tried) {
    const opened = open();
    if (!isFailure(opened)) {
      opened[Symbol.dispose]();
      const before = refusals.length === 0 ? on : `${refusals.join('; ')}; so `;
      return works(way, `${before}${HEARD[way]}`);
    }
    refusals.push(`${opened.path}: ${opened.error}`);
  }
  const next = 'Run Telltale as root, or with CAP_NET_RAW, or with CAP_NET_ADMIN and nft.';
  return { name: NAME, state: 'blind', by: '', why: `port scans are not seen: ${refusals.join('; ')}`, next };
}

function openGroup() {
  if (NFT.every((path) => !existsSync(path))) return { error: 'ENOENT', path: 'nft' };
  const silent = { threshold: 1, timeoutMs: 10, bufferBytes: 4096, snapBytes: 64, nowMs: () => 0 };
  return openPacketLog({ namespace: 0, ...silent });
}

function works(by: string, why: string): Sense {
  return { name: NAME, state: 'works', by, why, next: '' };
}
