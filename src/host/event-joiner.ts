/**
 * Makes events of the kernel's records: joined with the process that acted, as it was then, and with the network
 * namespace. Records come ordered by time, so that what a process did is told of the program that it was.
 */

import type { BindRecord } from '#formats/bpf-bind.ts';
import type { ConnectorRecord } from '#formats/proc-connector.ts';
import type {
  BindCallRecord,
  CallRecord,
  CrashRecord,
  DoneRecord,
  ExecRecord,
  ExitRecord,
  ForkRecord,
  IntrusionRecord,
  OutOfMemoryRecord,
  RenameRecord,
  SocketCallRecord,
  SocketRecord,
  TraceRecord,
} from '#formats/trace-records.ts';
import { BoundedMap } from '#lib/bounded-map.ts';
import { byteText } from '#lib/byte-text.ts';
import { ipv4Text, ipv6Text } from '#lib/ip-text.ts';
import type { Clock, Files, KernelEvent } from '#model/host.ts';
import { type CallDeed, CallDeeds } from './call-deeds.ts';
import type { NetnsCookies } from './netns-cookie.ts';
import type { ProcessTracker } from './processes.ts';

export interface EventJoiner {
  /** Ordered by time. */
  join(records: readonly (TraceRecord | BindRecord)[]): KernelEvent[];
  joinConnector(records: readonly ConnectorRecord[]): KernelEvent[];
  /** Reads what cannot be heard any more of a process that runs already. */
  prime(pid: number): void;
  /** Records were lost. */
  onLoss(): void;
}

export interface JoinerParts {
  readonly files: Files;
  readonly processes: ProcessTracker;
  readonly clock: Clock;
  readonly cookies: NetnsCookies;
  /** Set in scope `own`: events that are known to be of another namespace are left out. */
  readonly onlyNamespace: number | undefined;
  /** False where only binds are heard: then a TCP bind says no more than "look", because it may become a listener. */
  hearsListen(): boolean;
}

const TCP_LISTEN = 10;
const AF_INET = 2;
const NOWHERE = { family: '', protocol: '', address: '', port: 0 } as const;
/** Binds remembered, to know the namespace of the listener that follows. */
const MAX_BINDS = 4096;
/** A bind call comes back this long after the program in it ran, at most. */
const SAME_CALL_NS = 1e9;

/** Who reads the memory of another one reads again and again. */
const READ_PAUSE_NS = 60e9;
const MAX_READS = 4096;

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

type ProcessRecord = ForkRecord | ExecRecord | ExitRecord | RenameRecord | CallRecord | DoneRecord;
type DeedRecord = IntrusionRecord | OutOfMemoryRecord | CrashRecord;
type OfSocket = SocketRecord | BindRecord | BindCallRecord | SocketCallRecord;

interface Place {
  readonly family: KernelEvent['family'];
  readonly protocol: string;
  readonly address: string;
  readonly port: number;
}

export function makeEventJoiner(parts: JoinerParts): EventJoiner {
  return new Joiner(parts);
}

class Joiner implements EventJoiner {
  readonly #parts: JoinerParts;
  /** Namespace of a bound TCP socket, by process and port. */
  readonly #namespaces = new BoundedMap<string, number>(MAX_BINDS);
  /** When a thread's last bind was told with its address. */
  readonly #binding = new BoundedMap<number, number>(MAX_BINDS);

  /** When a thread was told to read from a process. */
  readonly #reads = new BoundedMap<string, number>(MAX_READS);
  readonly #deeds: CallDeeds;

  constructor(parts: JoinerParts) {
    this.#parts = parts;
    this.#deeds = new CallDeeds(parts.files);
  }

  prime(pid: number): void {
    this.#parts.processes.get(pid);
    this.#deeds.ids.read(pid);
  }

  onLoss(): void {
    this.#parts.processes.onLoss();
    this.#deeds.ids.onLoss();
  }

  join(records: readonly (TraceRecord | BindRecord)[]): KernelEvent[] {
    for (const record of records) {
      const { processes } = this.#parts;
      if (record.type === 'exec') processes.expectExec(record.pid, record.timeNs);
      else if (isMove(record)) processes.expectNamespaceChange(record.tid, record.timeNs);
    }
    const events: KernelEvent[] = [];
    for (const record of records) {
      const event = this.#joinOne(record);
      if (event !== undefined) events.push(event);
    }
    return events;
  }

  joinConnector(records: readonly ConnectorRecord[]): KernelEvent[] {
    const { processes } = this.#parts;
    const events: KernelEvent[] = [];
    for (const record of records) {
      if (record.type === 'ack') continue;
      const { type, tid, pid, timeNs } = record;
      if (type === 'fork') {
        const flags = tid === pid ? 0 : CLONE_THREAD;
        processes.onFork({ timeNs, parentTid: record.parent, child: tid, flags });
      } else if (type === 'exec') {
        // It says no file name: /proc must be read at once or never.
        const before = processes.remembered(pid);
        processes.onExec({ timeNs, pid, oldTid: tid, filename: Buffer.alloc(0) });
        processes.at(pid, timeNs);
        events.push(this.#lived('exec', pid, timeNs, { filename: '', before }));
      } else if (tid === pid) {
        processes.onExit({ timeNs, tid, last: undefined });
        events.push(this.#lived('exit', pid, timeNs));
      }
    }
    return events;
  }

  #joinOne(record: TraceRecord | BindRecord): KernelEvent | undefined {
    if (isOfSocket(record)) return this.#joinSocket(record);
    if ('target' in record || record.type === 'out-of-memory' || record.type === 'crash') return this.#joinDeed(record);
    return this.#joinProcess(record);
  }

  #joinDeed(record: DeedRecord): KernelEvent | undefined {
    if (record.type === 'memory-read' && this.#readsAgain(record)) return undefined;
    const tid = record.type === 'out-of-memory' ? record.pid : record.tid;
    const { pid, process } = this.#parts.processes.at(tid, record.timeNs);
    const target = 'target' in record ? { target: record.target } : {};
    const signal = 'signal' in record ? { signal: record.signal } : {};
    return { ...this.#nobody(record.type, record.timeNs), pid, process, ...target, ...signal };
  }

  /** Its own memory, or what was told a moment ago. */
  #readsAgain({ tid, target, timeNs }: IntrusionRecord): boolean {
    if (target === 0) return false;
    const key = `${tid} ${target}`;
    const lastNs = this.#reads.get(key);
    if (lastNs !== undefined && timeNs - lastNs < READ_PAUSE_NS) return true;
    this.#reads.set(key, timeNs);
    return this.#parts.processes.processIdOf(tid) === target;
  }

  #joinProcess(record: ProcessRecord): KernelEvent | undefined {
    const { processes, clock } = this.#parts;
    if (record.type === 'fork') return this.#forked(record);
    if (record.type === 'call' || record.type === 'done') return this.#called(record);
    if (record.type === 'renamed') return this.#renamed(record);
    if (record.type === 'exec') {
      const before = processes.remembered(record.pid);
      processes.onExec(record);
      const filename = byteText(record.filename);
      const gain = this.#deeds.ids.onExec(record.pid, filename, clock.monotonicMs());
      const fromMemory = this.#deeds.onExec(record.pid, filename);
      return this.#lived('exec', record.pid, record.timeNs, {
        filename,
        before,
        ...gain,
        ...(fromMemory && { fromMemory }),
      });
    }
    processes.onExit({ timeNs: record.timeNs, tid: record.pid, last: record.last });
    if (record.last === false) return undefined;
    this.#deeds.onExit(record.pid);
    return this.#lived('exit', record.pid, record.timeNs);
  }

  #forked(record: ForkRecord): KernelEvent | undefined {
    const { processes } = this.#parts;
    processes.onFork({ ...record, parentTid: record.tid });
    if ((record.flags & CLONE_THREAD) !== 0) return undefined;
    const deed = this.#deeds.onFork(processes.processIdOf(record.tid), record);
    return deed && this.#deed(deed, record.child, record.timeNs);
  }

  #called(record: CallRecord | DoneRecord): KernelEvent | undefined {
    const { processes } = this.#parts;
    const pid = processes.processIdOf(record.tid);
    if (isMove(record)) processes.onNamespaceChange(record.tid);
    const deed = record.type === 'call' ? this.#deeds.onBegin(pid, record) : this.#deeds.onDone(pid, record);
    return deed && this.#deed(deed, pid, record.timeNs);
  }

  /** ps shows the name of the first thread; others may be called anything. */
  #renamed({ thread, timeNs }: RenameRecord): KernelEvent | undefined {
    const pid = this.#parts.processes.processIdOf(thread);
    return pid === thread
      ? this.#lived('renamed', pid, timeNs, { before: this.#parts.processes.remembered(pid) })
      : undefined;
  }

  #deed({ kind, ...more }: CallDeed, pid: number, timeNs: number): KernelEvent {
    return this.#lived(kind, pid, timeNs, { ...more, before: this.#parts.processes.remembered(pid) });
  }

  #joinSocket(record: OfSocket): KernelEvent | undefined {
    if (record.type === 'bound') return this.#bound(record);
    if (record.type === 'bind') return this.#bindCall(record);
    if (record.type === 'socket-call') return this.#acted('bind', record, NOWHERE);
    const kind = record.newState === TCP_LISTEN ? 'listen' : 'unlisten';
    const place = placeOf(record);
    // In an interrupt the process on the CPU has nothing to do with it.
    if (record.inInterrupt) return { ...this.#nobody(kind, record.timeNs), ...place };
    return this.#acted(kind, record, place);
  }

  #bound(record: BindRecord): KernelEvent | undefined {
    this.#binding.set(record.tid, record.timeNs);
    const place = placeOf(record);
    const namespace = this.#parts.cookies.namespaceOf(record.cookie, record.pid);
    if (namespace !== 0 && place.protocol === 'tcp') this.#namespaces.set(placeKey(record.pid, place), namespace);
    const tells = this.#parts.hearsListen() || place.protocol !== 'tcp';
    return this.#acted('bind', record, tells ? place : NOWHERE, namespace);
  }

  #bindCall(record: BindCallRecord): KernelEvent | undefined {
    const boundNs = this.#binding.get(record.tid) ?? Number.NEGATIVE_INFINITY;
    this.#binding.delete(record.tid);
    // The program in the cgroup told of this very call already, and with the address.
    return record.timeNs - boundNs < SAME_CALL_NS ? undefined : this.#acted('bind', record, NOWHERE);
  }

  #acted(kind: KernelEvent['kind'], who: { tid: number; timeNs: number }, place: Place, namespace = 0) {
    const { pid, process } = this.#parts.processes.at(who.tid, who.timeNs);
    const known = namespace || this.#namespaces.get(placeKey(pid, place)) || (process?.namespace ?? 0);
    const { onlyNamespace } = this.#parts;
    if (onlyNamespace !== undefined && known !== 0 && known !== onlyNamespace) return undefined;
    return { kind, timeMs: this.#timeMsOf(who.timeNs), pid, process, namespace: known, ...place };
  }

  /** They are many and seldom asked about: /proc is read when they are. */
  #lived(
    kind: 'exec' | 'exit' | 'renamed' | CallDeed['kind'],
    pid: number,
    timeNs: number,
    more: Partial<KernelEvent> = {},
  ): KernelEvent {
    const { processes } = this.#parts;
    return {
      ...this.#nobody(kind, timeNs),
      ...more,
      pid,
      get process() {
        return processes.at(pid, timeNs).process;
      },
      get namespace() {
        return this.process?.namespace ?? 0;
      },
    };
  }

  #nobody(kind: KernelEvent['kind'], timeNs: number): KernelEvent {
    return { kind, timeMs: this.#timeMsOf(timeNs), pid: 0, process: undefined, namespace: 0, ...NOWHERE };
  }

  #timeMsOf(timeNs: number): number {
    return Math.round(this.#parts.clock.bootMs() + timeNs / 1e6);
  }
}

const CLONE_THREAD = 0x10000;

const OF_SOCKET: ReadonlySet<string> = new Set(['socket', 'bound', 'bind', 'socket-call'] satisfies OfSocket['type'][]);

function isOfSocket(record: TraceRecord | BindRecord): record is OfSocket {
  return OF_SOCKET.has(record.type);
}

/** To other namespaces than before. */
function isMove(record: TraceRecord | BindRecord): boolean {
  return record.type === 'done' && (record.call === 'setns' || record.call === 'unshare');
}

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
