/** The doors to those who probe this host: packets, what is kept of them, and who stands behind an address. */

import type { Host } from '#model/host.ts';
import type { ScanSettings } from '#model/packets.ts';
import type { SenderSettings } from '#model/senders.ts';
import { openKept } from './kept.ts';
import type { HearingWays } from './packet-namespace.ts';
import type { LivePackets, PacketsParts } from './packets.ts';
import { openSenders } from './senders.ts';

/** How scans are judged, and the state directory where this process may write there. */
export interface ScanDoorSettings {
  readonly settings: ScanSettings & SenderSettings;
  readonly keptIn?: string;
  /** Blocks through nftables are on: a table of ours stands in the packet filter anyway. */
  readonly filterIsOurs?: boolean;
}

/** How packets are heard at this moment: without `by` before they are. */
export interface Hearing {
  readonly ways: HearingWays;
  readonly by?: string;
  readonly instead?: string;
}

/** The doors of the host where scans are watched for; none where `scans` is undefined. */
export function openScanDoors(
  scans: ScanDoorSettings | undefined,
  { tag, ...parts }: PacketsParts & { readonly tag: string | undefined },
  stop: AbortSignal,
): { readonly doors: Pick<Host, 'packets' | 'senders'>; hearing(): Hearing } {
  const ways = { logFirst: scans?.filterIsOurs === true, tag };
  if (scans === undefined) return { doors: {}, hearing: () => ({ ways }) };
  const { settings, keptIn } = scans;
  let opened: LivePackets | undefined;
  const packets: Host['packets'] = {
    settings,
    kept: openKept(keptIn),
    async open(wish, signal) {
      const { openPackets } = await import('./packets.ts');
      opened = await openPackets({ ...parts, ways }, wish, AbortSignal.any([signal, stop]));
      return opened;
    },
  };
  return {
    doors: { packets, senders: openSenders(settings, parts.clock) },
    hearing: () =>
      opened === undefined || opened.open() === 0 ? { ways } : { ways, by: opened.by, instead: opened.instead },
  };
}
