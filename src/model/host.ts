/**
 * The only door to the machine. Three hosts implement it: live, captured (a folder of recorded files, and a timeline to
 * replay) and faulty (a wrapper for tests). Everything expected is data: a file that cannot be read is a Failure.
 */

import type { Exec } from './exec.ts';
import type { Failure, Files } from './files.ts';
import type { FilterDoor } from './filter.ts';
import type { Who } from './finding.ts';
import type { Gap } from './gap.ts';
import type { IntegrityDoor } from './integrity.ts';
import type { Kernel } from './kernel.ts';
import type { Outside } from './outside.ts';
import type { Kept, PacketDoor } from './packets.ts';
import type { Senders } from './senders.ts';

export { type Failure, type FileStat, type Files, isFailure } from './files.ts';

/** Wall and monotonic time, and ids made from them (UUIDv7); tests set both. */
export interface Clock {
  /** Epoch milliseconds. */
  nowMs(): number;
  /** Milliseconds that never step; counts suspend (CLOCK_BOOTTIME). */
  monotonicMs(): number;
  /** Epoch milliseconds of the boot. */
  bootMs(): number;
  id(): string;
  /** Resolves after `ms`, or at once when aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export type SocketFamily = 'inet' | 'inet6' | 'unix' | 'packet' | 'netlink';

/** One socket as the kernel has it. Addresses are text ("0.0.0.0", "::", "" where there is none). */
export interface RawSocket {
  /** Inode number of its network namespace. */
  readonly namespace: number;
  readonly family: SocketFamily;
  /** tcp udp udplite raw | stream dgram seqpacket | packet | netlink. */
  readonly protocol: string;
  /** ss words: LISTEN ESTAB UNCONN SYN-SENT … */
  readonly state: string;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Unix: path, or "@name" for abstract; "" when unnamed. */
  readonly path: string;
  /** Bound interface index, 0 for all. */
  readonly interfaceIndex: number;
  /** raw: IP protocol; packet: ethertype; netlink: protocol number. Else 0. */
  readonly number: number;
  /** netlink: the socket's port id; else 0. */
  readonly portId: number;
  /** -1 where the kernel does not tell it (netlink). */
  readonly uid: number;
  readonly inode: number;
  readonly receiveQueueBytes: number;
  readonly sendQueueBytes: number;
  /** packet: instructions of the attached BPF filter, 0 when there is none; undefined where the kernel does not say. */
  readonly filterInstructions?: number;
}

/** All sockets at one moment; kept in columns, so `at` makes the object when asked. */
export interface SocketSnapshot {
  readonly length: number;
  at(index: number): RawSocket;
  /** Processes that hold it, oldest first; empty when none could be found. */
  ownersOf(index: number): readonly number[];
  readonly gaps: readonly Gap[];
  readonly by: string;
  readonly takenMs: number;
  /**
   * Gives its memory back at once, for the next snapshot; afterwards there is nothing to be read from it. Not needed,
   * but on a host with 100,000 sockets each look would leave 8 MiB to the garbage collector.
   */
  release?(): void;
}

/** A network namespace of this host, seen through one process in it. */
export interface NetworkNamespace {
  readonly inode: number;
  /** "host", container name, name under /run/netns, or unit; stable across restarts of what is inside. */
  readonly label: string;
  readonly pid: number;
}

export interface Network {
  /** `own`: only the namespace we run in, labelled "host". */
  namespaces(scope: 'all' | 'own'): readonly NetworkNamespace[];
  /** Label of a namespace by inode; "namespace unknown" when it cannot be resolved. */
  labelOf(namespaceInode: number): string;
  /** `receiving`: what can receive and is not a connection; `all`: connections too. */
  snapshot(want: {
    readonly scope: 'all' | 'own';
    readonly what: 'receiving' | 'all';
    readonly signal: AbortSignal;
  }): Promise<SocketSnapshot>;
  /**
   * Inodes of the unconnected UDP sockets of a namespace, from port `from` on, whose port was bound by number: of all
   * others the kernel chose it. A failure where it does not say; absent where it cannot be asked.
   */
  boundByNumber?(namespaceInode: number, from: number): Promise<ReadonlySet<number> | Failure>;
  /** First and last port of ip_local_port_range of a namespace. */
  ephemeralPorts(namespaceInode: number): readonly [first: number, last: number];
  /** Can this be reached from outside, as far as the packet filter's rules can be read? */
  exposure(at: {
    readonly namespace: number;
    readonly protocol: string;
    readonly address: string;
    readonly port: number;
  }): Exposure;
  /** Name of an interface by index in our namespace; "" when unknown. */
  interfaceName(index: number): string;
}

/** `local`: bound to loopback. `why` names the rule or what could not be read. */
export interface Exposure {
  readonly answer: 'open' | 'filtered' | 'local' | 'cannot tell';
  readonly why: string;
}

/** deleted: unlinked while running. replaced: unlinked, and another file stands at its path. memory: memfd and the like. */
export type ExeState = 'present' | 'deleted' | 'replaced' | 'memory' | 'unknown';

/** One process. `exe` carries no " (deleted)"; what could not be read is "". */
export interface ProcessFacts {
  readonly pid: number;
  readonly parentPid: number;
  /** Field 22 of /proc/PID/stat: with the pid it is the identity. */
  readonly startTicks: number;
  readonly startedMs: number;
  readonly comm: string;
  readonly exe: string;
  readonly exeState: ExeState;
  readonly cmdline: string;
  readonly uid: number;
  readonly user: string;
  /** As in /proc/PID/cgroup; units and sessions are derived in formats/cgroup.ts. */
  readonly cgroup: string;
  /** Inode number of its network namespace, 0 when unknown. */
  readonly namespace: number;
  /** True where exe is only what was passed to exec. */
  readonly asStarted: boolean;
}

export interface Processes {
  /** From the cache (gone processes stay 30 s) or /proc; undefined when it cannot be told any more. */
  get(pid: number): ProcessFacts | undefined;
  /** Parent chain, nearest first, at most `limit`. */
  parents(pid: number, limit: number): readonly ProcessFacts[];
  /** All running processes. */
  list(): readonly ProcessFacts[];
  /**
   * Numbers of processes whose beginning the kernel's events told of, and not their end. Nobody is asked; empty where
   * nothing is heard, and after a loss of events until new ones begin.
   */
  living?(): readonly number[];
  /** Those that ended in the last 30 s, as far as events told of them, in that order; nobody is asked. */
  ended?(): readonly ProcessFacts[];
}

/**
 * Something the kernel told, already joined with the process that did it, where it could be told. `trace`: began to trace
 * another process; `memory-write`: wrote, or opened for writing, the memory of another process; `memory-read`: read it, or
 * opened it for that, once a minute; `out-of-memory`: the
 * kernel ended it to get memory back; `kernel-code`: loads an eBPF program into the kernel, or pins one;
 * `module`: loads a module, or takes one out; `crash`: a signal of its own fault (such as SIGSEGV) ends it; `became-root`:
 * a call gave it a user id of root, and it had none; `apart`: it is in namespaces (mnt, net, pid, user) that it or its
 * parent made or entered just now; `executable-memory`: asks for memory that may be run and comes from no file, at most
 * once a second and process; `file-flags`: sets flags of a file as chattr(1) does, `target` is its descriptor.
 */
export interface KernelEvent {
  readonly kind:
    | 'listen'
    | 'unlisten'
    | 'bind'
    | 'exec'
    | 'exit'
    | 'trace'
    | 'memory-write'
    | 'memory-read'
    | 'kernel-code'
    | 'module'
    | 'out-of-memory'
    | 'crash'
    | 'became-root'
    | 'apart'
    | 'executable-memory'
    | 'renamed'
    | 'mount'
    | 'file-flags';
  readonly timeMs: number;
  /** Process (thread group) id; 0 when the kernel side acted outside of any process. */
  readonly pid: number;
  readonly process: ProcessFacts | undefined;
  /** Network namespace inode; 0 when it could not be resolved. */
  readonly namespace: number;
  /** For socket events; protocol "" where the event does not say (a bind seen only as a system call). */
  readonly family: SocketFamily | '';
  readonly protocol: string;
  readonly address: string;
  readonly port: number;
  /** exec: the name as it was passed; may be relative, a script, or /dev/fd/N. Bytes as byteText() shows them. */
  readonly filename?: string;
  /**
   * exec, and what calls came to: what was known of the process before it, without asking the machine: user, cgroup and program are as of then
   * (mostly its parent's). For those who cannot afford `process` for each of thousands.
   */
  readonly before?: ProcessFacts | undefined;
  /** trace, memory-write and memory-read: the other process, by its number in the pid namespace of the one that acted; 0 unknown. */
  readonly target?: number;
  /** crash: the signal's number; signal(7). */
  readonly signal?: number;
  /** became-root, and exec of a setuid program of root's: whose rights it had until then. */
  readonly formerUid?: number;
  /** apart: which it made, rather than entered, in this order. */
  readonly madeApart?: readonly ('mnt' | 'net' | 'pid' | 'user')[];
  /** executable-memory: it may be written as well. */
  readonly writable?: boolean;
  /** exec: by a descriptor, and it had made a file in memory before. */
  readonly fromMemory?: boolean;
}

/** Armed kernel events. */
export interface KernelEvents extends AsyncDisposable {
  /** An empty batch says that `lost` has grown. */
  readonly batches: AsyncIterable<readonly KernelEvent[]>;
  /** Events known to be lost since armed. */
  lost(): number;
  /** "tracefs", "tracefs and eBPF", "eBPF", "proc connector", "polling". */
  readonly by: string;
  readonly gaps: readonly Gap[];
  /** True where every TCP listener is told, its beginning and its end, but for those that `lost` counts. */
  readonly tellsListen?: boolean;
  /** True where short-lived UDP and Unix binds are told with address (eBPF attached). */
  readonly tellsShortLivedUdp: boolean;
}

/** What happened to a file or to an entry of a folder. A name that moved is told twice: gone from here, arrived there. */
export type FileEventKind = 'written' | 'created' | 'deleted' | 'moved-from' | 'moved-to' | 'attributes' | 'executed';

/** One file event, joined with the process that did it where it could be told. */
export interface FileEvent {
  readonly kind: FileEventKind;
  /** When it was read from the kernel; epoch milliseconds. */
  readonly timeMs: number;
  /** Absolute. Bytes that are no UTF-8 come as U+F780 to U+F7FF (`lineText`), by inotify and polling as U+FFFD. */
  readonly path: string;
  readonly directory: boolean;
  /** 0 where the kernel does not say (inotify, polling). */
  readonly pid: number;
  readonly process: ProcessFacts | undefined;
}

/** What a subscriber wants to hear of. A folder stands for everything below it; a path need not exist yet. */
export interface FileWish {
  /** Absolute paths, asked again every minute: an account may have got a home meanwhile. */
  paths(): readonly string[];
  /** Default: all but `executed`. */
  readonly kinds?: readonly FileEventKind[];
  /**
   * What the files say decides which paths they are (includes, links, homes): the paths are asked anew shortly after each
   * event, and where they differ one more event is told, for what happened there meanwhile.
   */
  readonly follows?: true;
}

/** Armed file events for one subscriber; all subscribers of a host share one fanotify group. */
export interface FileEvents extends AsyncDisposable {
  /** An empty batch says that `lost` has grown. */
  readonly batches: AsyncIterable<readonly FileEvent[]>;
  lost(): number;
  /** "fanotify", "inotify" or "polling". */
  readonly by: string;
  readonly gaps: readonly Gap[];
}

/** Who touched a file last. */
export interface Writer {
  readonly who: Who;
  readonly timeMs: number;
  /** dpkg (the packaged, unaltered program) is among its parents: the change is a package run's doing. */
  readonly underDpkg: boolean;
  /** It is dpkg itself, which puts there what packages ship. */
  readonly isDpkg?: boolean;
}

/** The package database (dpkg). */
export interface Packages {
  /** Package that ships the file, "" when none does. Cached until the database changes. */
  ownerOf(path: string): string;
  /** Against the checksums that the package shipped. */
  verify(path: string): 'same' | 'differs' | 'unknown';
  /** Absolute paths of the files that the package ships checksums for; empty when it is not installed. */
  shipped(name: string): readonly string[];
  /** The package run that is going on, or ended at most ten minutes ago; undefined when there is none. */
  run(): PackageRun | undefined;
}

export interface PackageRun {
  readonly startedMs: number;
  /** 0 while it runs. */
  readonly endedMs: number;
  /** "openssl 3.0.17 → 3.0.18" by package name. */
  readonly packages: ReadonlyMap<string, string>;
  /** The same of earlier runs of the last ten minutes: what they changed may be seen only now. */
  readonly before?: ReadonlyMap<string, string>;
}

/** One sense and how well it works here; shown by `telltale doctor`. */
export interface Sense {
  readonly name: string;
  readonly state: 'works' | 'reduced' | 'blind';
  readonly by: string;
  readonly why: string;
  readonly next: string;
}

/** Where Telltale's own files lie. */
export interface Home {
  /** Folder of the program: with `src` in a clone, with `lib` in a release. */
  readonly program: string;
  /** The Node that runs it. */
  readonly node: string;
  /** File of the settings; "" when there is none. */
  readonly settings: string;
  readonly stateDir: string;
  /** Programs that the settings name (channels, checks, responders): run by the daemon itself, they are no news. */
  readonly programs?: readonly string[];
  /** Files that channels append alerts to. */
  readonly alertFiles?: readonly string[];
}

export interface Host {
  readonly name: string;
  readonly clock: Clock;
  readonly files: Files;
  readonly network: Network;
  readonly processes: Processes;
  readonly packages: Packages;
  /**
   * Whether this process is dpkg, or dpkg-preconfigure below apt: the packaged program, unaltered. A host without this
   * door cannot prove it.
   */
  isDpkg?(process: ProcessFacts): boolean;
  /** User name by uid; the number as text when there is none. */
  userName(uid: number): string;
  /** Sends one datagram to a Unix socket ("@name" is abstract), as to /dev/log; never waits. Undefined: it was taken. */
  datagram(path: string, text: string): Failure | undefined;
  /** Which namespaces this host watches: the setting `watch.namespaces`, resolved. */
  readonly scope: 'all' | 'own';
  /**
   * Events of these kinds (those of sockets, exec and exit when not given) from the best source there is. All
   * subscribers of a host share one arming; each has a bounded queue and a count of losses of its own.
   */
  kernelEvents(signal: AbortSignal, kinds?: readonly KernelEvent['kind'][]): Promise<KernelEvents>;
  /** Hears of changes of files; never rejects: where the kernel refuses it says so in `gaps`. */
  fileEvents(wish: FileWish, signal: AbortSignal): Promise<FileEvents>;
  /** Who touched the file last, by the file events heard in the last ten minutes (bounded); undefined when unknown. */
  writerOf(path: string): Writer | undefined;
  /** When file events last told of the file, epoch ms; undefined when they did not in the last ten minutes (bounded). */
  touchedMs?(path: string): number | undefined;
  /** Probes every mechanism. */
  senses(): Promise<readonly Sense[]>;
  /** Process ids that are ourselves (daemon, web child, rehearsals). */
  readonly own: Set<number>;
  /** Files that we append to, by path, as our last line left them: whatever they lose afterwards somebody took out. */
  readonly appended?: Map<string, { readonly inode: number; readonly sizeBytes: number }>;
  /** TCP ports of our own network namespace where traps of ours wait: to a scanner as good as closed. */
  readonly traps?: Set<number>;
  /** What only system calls tell; undefined on a recorded host. */
  readonly kernel?: Kernel;
  /** Undefined where this is not the machine that we run on. */
  readonly home?: Home;
  /** The administrator's own checks; undefined where there are none. */
  readonly outside?: Outside;
  /** Packets that may be probes; undefined where scans are not watched for. */
  readonly packets?: PacketDoor;
  /** What can be told of remote addresses; undefined where scans are not watched for. */
  readonly senders?: Senders;
  /** Everything about files beside their content; undefined on a recorded host. */
  readonly integrity?: IntegrityDoor;
  /** What sensors keep over a restart; undefined where nothing may be written. */
  readonly kept?: Kept;
  /** Other programs of this machine; undefined on a recorded host. */
  readonly exec?: Exec;
  /** The packet filter's rules; a host without this door has none that could be read. */
  readonly filter?: FilterDoor;
}

/** The doors that a look at sockets needs; a command that only shows sockets opens no others. */
export type SocketHost = Pick<
  Host,
  'clock' | 'files' | 'network' | 'processes' | 'packages' | 'userName' | 'scope' | 'own' | 'kernel'
>;
