/** What only system calls tell of this machine and its kernel: a part of the host that a recorded one does not have. */

import type { Failure, Files } from './files.ts';

/** Room on a file system for ordinary users, as df(1) counts it: without what is kept for root; statfs(2). */
export interface Space {
  readonly totalBytes: number;
  readonly freeBytes: number;
  /** 0 where the file system makes inodes as it needs them (btrfs, vfat). */
  readonly totalInodes: number;
  readonly freeInodes: number;
}

/** One eBPF program that is loaded now; bpf(2), struct bpf_prog_info. */
export interface BpfProgram {
  readonly id: number;
  /** "kprobe", "cgroup_skb", "xdp" …; "type N" for one that is newer than we are. */
  readonly type: string;
  /** At most 15 characters; may be "". */
  readonly name: string;
  /** Digest of its instructions, 16 hexadecimal digits. */
  readonly tag: string;
  /** Epoch milliseconds. */
  readonly loadedMs: number;
  readonly uid: number;
  /** What it hangs on, as far as links tell: "kprobe", "tracing", "cgroup" …; each once. */
  readonly links: readonly string[];
  /** Processes that hold it open, lowest first; at most 16. Empty also where only the kernel or a pin holds it. */
  readonly owners: readonly number[];
}

/** How the kernel keeps time. */
export interface KernelClock {
  /** Some service keeps it right, and said so within hours. */
  readonly synchronised: boolean;
  /** How much faster it runs than its hardware, in millionths; below 0: slower. */
  readonly ratePpm: number;
}

/** File systems through which the kernel shows itself. */
export type PseudoFilesystem = 'tracefs' | 'debugfs' | 'securityfs';

/** What stirs. */
export type StirringOf = 'mounts' | 'devices' | 'hooks';

/** Says that something may have changed, never what. */
export interface Stirrings extends AsyncDisposable {
  /** One item each time; what came together is one. */
  readonly times: AsyncIterable<unknown>;
  /** Why nothing is heard; undefined when armed. */
  readonly deaf: string | undefined;
}

export interface Kernel {
  /** Every eBPF program. Owners are looked for when there are new programs, so the first call is the dear one. */
  bpfPrograms(): readonly BpfProgram[] | Failure;
  /** Files of such a file system, wherever it can be reached, also where it is not mounted. Paths begin at its root. */
  pseudo(name: PseudoFilesystem): Files | Failure;
  clock?(): KernelClock | Failure;
  /** Names of modules that have symbols in /proc/kallsyms; gives way to others while it reads. */
  symbolModules?(): Promise<ReadonlySet<string> | Failure>;
  /** Never for file systems of other machines: the call would wait for them. */
  space(path: string): Space | Failure;
  /**
   * Processes that answer to a number from `first` on, among `count`, but for those that `isListed` knows. Without
   * reading /proc; about half a microsecond a number.
   */
  processesAmong(first: number, count: number, isListed: (pid: number) => boolean): readonly number[];
  /** Numbers that a listing of /proc has; undefined when it cannot be read. */
  listedProcesses(): readonly number[] | undefined;
  /**
   * Mounts of our mount namespace and of process 1's; devices that come and go; probes, tracers and tracing instances that
   * are set up through tracefs. Ends when `signal` aborts.
   */
  stirrings(of: StirringOf, signal: AbortSignal): Stirrings;
}
