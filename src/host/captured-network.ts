/** The network of a captured host: from its timeline, else from the texts of /proc/net and the links of /proc/PID/fd. */

import { FIRST_NAMESPACE, type TimelineSocket } from '#formats/captured-timeline.ts';
import { receives } from '#formats/socket-rows.ts';
import { parseUint } from '#lib/parse-uint.ts';
import { type Clock, type Files, isFailure, type Network, type NetworkNamespace } from '#model/host.ts';
import type { Gap } from '#model/sensor.ts';
import type { CapturedState } from './captured-state.ts';
import { parseNet } from './sockdiag.ts';

const FILES = [
  'tcp',
  'tcp6',
  'udp',
  'udp6',
  'udplite',
  'udplite6',
  'raw',
  'raw6',
  'unix',
  'packet',
  'netlink',
] as const;
const MAX_TEXT_BYTES = 256 << 20;
const first: readonly NetworkNamespace[] = [{ inode: FIRST_NAMESPACE, label: 'host', pid: 1 }];

/** Opens it; packet filter rules are not recorded, so `exposure` knows loopback only. */
export function capturedNetwork(files: Files, clock: Clock, state: CapturedState): Network {
  const namespaces = (): readonly NetworkNamespace[] => state.namespaces ?? first;
  return {
    namespaces: (scope) => (scope === 'all' ? namespaces() : namespaces().slice(0, 1)),
    labelOf: (inode) => namespaces().find((one) => one.inode === inode)?.label ?? 'namespace unknown',
    snapshot({ what }) {
      const { sockets, gaps } = state.sockets === undefined ? recorded(files) : { sockets: state.sockets, gaps: [] };
      const wanted = what === 'all' ? sockets : sockets.filter(receives);
      return Promise.resolve({
        length: wanted.length,
        at(index: number) {
          const socket = wanted[index];
          if (socket === undefined) throw new RangeError(`No socket ${index}`);
          const { owners: _, ...raw } = socket;
          return raw;
        },
        ownersOf: (index: number) => wanted[index]?.owners ?? [],
        gaps,
        by: state.sockets === undefined ? '/proc/net' : 'timeline',
        takenMs: clock.nowMs(),
      });
    },
    ephemeralPorts() {
      const text = files.read('/proc/sys/net/ipv4/ip_local_port_range', 64);
      const [low, high] = isFailure(text)
        ? []
        : text
            .toString('latin1')
            .trim()
            .split(/\s+/, 2)
            .map((part) => parseUint(part, 65_535));
      return low === undefined || high === undefined ? [32_768, 60_999] : [low, high];
    },
    exposure: ({ address }) =>
      address === '::1' || address.startsWith('127.')
        ? { answer: 'local', why: 'bound to loopback' }
        : { answer: 'cannot tell', why: 'the packet filter was not recorded' },
    interfaceName: () => '',
  };
}

function recorded(files: Files): { readonly sockets: readonly TimelineSocket[]; readonly gaps: readonly Gap[] } {
  const sockets: TimelineSocket[] = [];
  const gaps: Gap[] = [];
  const owners = recordedOwners(files);
  for (const file of FILES) {
    const path = `/proc/net/${file}`;
    const text = files.read(path, MAX_TEXT_BYTES);
    if (isFailure(text)) {
      if (text.error !== 'ENOENT') gaps.push({ what: path, why: text.error });
      continue;
    }
    const { rows, rejects } = parseNet(file, text.toString('latin1'));
    if (rejects.length > 0) gaps.push({ what: path, why: `${rejects.length} lines could not be read` });
    for (const row of rows) sockets.push({ ...row, namespace: FIRST_NAMESPACE, owners: owners.get(row.inode) ?? [] });
  }
  return { sockets, gaps };
}

/** From links such as proc/812/fd/3 → socket:[4711]; lowest process number first. */
function recordedOwners(files: Files): Map<number, number[]> {
  const owners = new Map<number, number[]>();
  const names = files.list('/proc');
  const pids = isFailure(names)
    ? []
    : names.map((name) => parseUint(name, 0x7f_ff_ff_ff)).filter((pid) => pid !== undefined);
  for (const pid of pids.sort((a, b) => a - b)) {
    const fds = files.list(`/proc/${pid}/fd`);
    if (isFailure(fds)) continue;
    for (const inode of socketsOf(files, `/proc/${pid}/fd`, fds)) {
      const holders = owners.get(inode);
      if (holders === undefined) owners.set(inode, [pid]);
      else if (holders.at(-1) !== pid) holders.push(pid);
    }
  }
  return owners;
}

function socketsOf(files: Files, folder: string, fds: readonly string[]): number[] {
  return fds
    .map((fd) => files.readlink(`${folder}/${fd}`))
    .map((link) => (isFailure(link) ? undefined : /^socket:\[(\d{1,15})\]$/.exec(link)?.[1]))
    .filter((inode) => inode !== undefined)
    .map(Number);
}
