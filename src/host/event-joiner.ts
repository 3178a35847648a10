/**
 * Makes events of the kernel's records: joined with the process that acted, as it was then, and with the network
 * namespace. Records come ordered by time, so that what a process did is told of the program that it was.
 */

import type { BindRecord } from '#formats/bpf-bind.ts';
import type { ConnectorRecord } from '#formats/proc-connector.ts';
import type { SocketRecord, TraceRecord } from '#formats/trace-records.ts';
import { BoundedMap } from '#lib/bounded-map.ts';
import { ipv4Text, ipv6Text } from '#lib/ip-text.ts';
import type { Clock, KernelEvent } from '#model/host.ts';
import type { NetnsCookies } from './netns-cookie.ts';
import type { ProcessTracker } from './processes.ts';

export interface EventJoiner {
  /** Ordered by time. */
  join(records: readonly (TraceRecord | BindRecord)[]): KernelEvent[];
  joinConnector(records: readonly ConnectorRecord[]): KernelEvent[];
}

export interface JoinerParts {
  readonly processes: ProcessTracker;
  readonly clock: Clock;
  readonly cookies: NetnsCookies;
  /** Set in scope `own`: events that are known to be of another namespace are left out. */
  readonly onlyNamespace: number | undefined;
}

const TCP_LISTEN = 10;
const AF_INET = 2;
const NONE = { family: '', protocol: '', address: '', port: 0 } as const;
/** Binds remembered, to know the namespace of the listener that follows. */
const MAX_BINDS = 4096;
/** A bind call comes back this long after the program in it ran, at most. */
const SAME_CALL_NS = 1e9;

const protocols: Readonly<Record<number, string>> = {
  1: 'icmp',
  6: 'tcp',
  17: 'udp',
  33: 'dccp',
  58: 'icmp6',
  132: 'sctp',
  136: 'udplite',
  262: 'mptcp',
};

interface Place {
  readonly family: KernelEvent['family'];
  readonly protocol: string;
  readonly address: string;
  readonly port: number;
}

export function makeEventJoiner({ processes, clock, cookies, onlyNamespace }: JoinerParts): EventJoiner {
  const namespaces = new BoundedMap<string, number>(MAX_BINDS);
  const binding = new BoundedMap<number, number>(MAX_BINDS);
  const timeMsOf = (timeNs: number): number => Math.round(clock.bootMs() + timeNs / 1e6);
  const isElsewhere = (namespace: number): boolean =>
    onlyNamespace !== undefined && namespace !== 0 && namespace !== onlyNamespace;

  const acted = (kind: KernelEvent['kind'], who: { tid: number; timeNs: number }, place: Place, inode = 0) => {
    const { pid, process } = processes.at(who.tid, who.timeNs);
    const known = inode || namespaces.get(placeKey(pid, place)) || (process?.namespace ?? 0);
    return isElsewhere(known)
      ? undefined
      : { kind, timeMs: timeMsOf(who.timeNs), pid, process, namespace: known, ...place };
  };
  /** Exec and exit are many and seldom asked about: /proc is read when they are. */
  const lived = (kind: 'exec' | 'exit', pid: number, timeNs: number): KernelEvent => ({
    kind,
    timeMs: timeMsOf(timeNs),
    pid,
    get process() {
      return processes.at(pid, timeNs).process;
    },
    get namespace() {
      return this.process?.namespace ?? 0;
    },
    ...NONE,
  });
  const onSocket = (record: SocketRecord): KernelEvent | undefined => {
    const kind = record.newState === TCP_LISTEN ? 'listen' : 'unlisten';
    const place = placeOf(record);
    if (!record.inInterrupt) return acted(kind, record, place);
    const timeMs = timeMsOf(record.timeNs);
    return { kind, timeMs, pid: 0, process: undefined, namespace: 0, ...place };
  };
  const onBound = (record: BindRecord): KernelEvent | undefined => {
    binding.set(record.tid, record.timeNs);
    const place = placeOf(record);
    const inode = cookies.namespaceOf(record.cookie, record.pid);
    if (inode !== 0 && place.protocol === 'tcp') namespaces.set(placeKey(record.pid, place), inode);
    return acted('bind', record, place, inode);
  };
  const onBindCall = (record: { tid: number; timeNs: number }): KernelEvent | undefined => {
    const boundNs = binding.get(record.tid) ?? Number.NEGATIVE_INFINITY;
    binding.delete(record.tid);
    // The program in the cgroup told of this very call already, and with the address.
    return record.timeNs - boundNs < SAME_CALL_NS ? undefined : acted('bind', record, NONE);
  };
  const joinOne = (record: TraceRecord | BindRecord): KernelEvent | undefined => {
    switch (record.type) {
      case 'socket':
        return onSocket(record);
      case 'bound':
        return onBound(record);
      case 'bind':
        return onBindCall(record);
      case 'setns':
        processes.onNamespaceChange(record.tid);
        return undefined;
      case 'fork':
        processes.onFork({ ...record, parentTid: record.tid });
        return undefined;
      case 'exec':
        processes.onExec(record);
        return lived('exec', record.pid, record.timeNs);
      case 'exit':
        processes.onExit({ timeNs: record.timeNs, tid: record.pid, last: record.last });
        return record.last === false ? undefined : lived('exit', record.pid, record.timeNs);
    }
  };
  return {
    join(records) {
      for (const record of records) if (record.type === 'exec') processes.expectExec(record.pid, record.timeNs);
      return records.map(joinOne).filter((event) => event !== undefined);
    },
    joinConnector(records) {
      const events: KernelEvent[] = [];
      for (const record of records) {
        if (record.type === 'ack') continue;
        const { type, tid, pid, timeNs } = record;
        if (type === 'fork') {
          const flags = tid === pid ? 0 : CLONE_THREAD;
          processes.onFork({ timeNs, parentTid: record.parent, child: tid, flags });
        } else if (type === 'exec') {
          // It says no file name: /proc must be read at once or never.
          processes.onExec({ timeNs, pid, oldTid: tid, filename: Buffer.alloc(0) });
          processes.at(pid, timeNs);
          events.push(lived('exec', pid, timeNs));
        } else if (tid === pid) {
          processes.onExit({ timeNs, tid, last: undefined });
          events.push(lived('exit', pid, timeNs));
        }
      }
      return events;
    },
  };
}

const CLONE_THREAD = 0x10000;

function placeOf(record: SocketRecord | BindRecord): Place {
  const v4 = record.family === AF_INET;
  return {
    family: v4 ? 'inet' : 'inet6',
    protocol: protocols[record.protocol] ?? String(record.protocol),
    address: v4 ? ipv4Text(record.address) : ipv6Text(record.address),
    port: record.port,
  };
}

function placeKey(pid: number, { family, protocol, port }: Place): string {
  return `${pid} ${family} ${protocol} ${port}`;
}
