/**
 * Hears the packets of the network namespaces named on the command line, ours first: prints "NAME in|out PORT" for each
 * TCP packet to or from a port of ours. A line on standard input makes it forget all but ours. "--log=TAG" before the
 * names: by NFLOG; "--ring=TAG": by the ring, under that name.
 */

import { createInterface } from 'node:readline';
import { readPacket } from '#formats/packet.ts';
import { makePacketHeader } from '#formats/packet-header.ts';
import { openClock } from '#host/clock.ts';
import { openFiles } from '#host/files.ts';
import { inodeAt } from '#host/netns.ts';
import { openPackets } from '#host/packets.ts';
import type { Network } from '#model/host.ts';

const tag = /^--(?:log|ring)=(\w+)$/.exec(process.argv[2] ?? '')?.[1];
let names = process.argv.slice(tag === undefined ? 2 : 3);
const inodes = new Map(names.map((name) => [Number(inodeAt(`/run/netns/${name}`)), name]));
const network = {
  namespaces: (scope) => {
    const all = [...inodes]
      .filter(([, label]) => names.includes(label))
      .map(([inode, label]) => ({ inode, label, pid: 0 }));
    return scope === 'own' ? all.slice(0, 1) : all;
  },
  ephemeralPorts: () => [32_768, 60_999],
} as Pick<Network, 'namespaces' | 'ephemeralPorts'> as Network;
const header = makePacketHeader();
const packets = await openPackets(
  {
    clock: openClock(),
    files: openFiles(),
    network,
    scope: 'all',
    sweepMs: 100,
    ...(tag !== undefined && { ways: { logFirst: process.argv[2]?.startsWith('--log') === true, tag } }),
  },
  {
    packet({ bytes, start, end, namespace, inbound }) {
      if (!readPacket(bytes, start, end, header) || header.protocol !== 6) return;
      const port = inbound ? header.targetPort : header.sourcePort;
      process.stdout.write(`${inodes.get(namespace) ?? namespace} ${inbound ? 'in' : 'out'} ${port}\n`);
    },
    batch: () => undefined,
  },
  new AbortController().signal,
);
process.stdout.write(`ready ${packets.by} ${JSON.stringify(packets.gaps)}\n`);
createInterface({ input: process.stdin })
  .on('line', () => {
    names = names.slice(0, 1);
    setTimeout(() => process.stdout.write(`${packets.open()} open, ${packets.lost()} lost\n`), 500);
  })
  .on('close', () => process.exit(0));
