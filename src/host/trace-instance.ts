/**
 * A ring buffer of our own in tracefs: instances/telltale-TAG. Nobody else's tracing is touched. The trap: `rmdir` of an
 * instance that somebody reads says EBUSY, but `tracing_on 0` before it has already silenced that reader; so a tag must
 * belong to a state directory whose lock the caller holds. See docs/decisions/0020-tracefs-first.md.
 */

import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseTraceFormat } from '#formats/trace-format.ts';
import { type Decode, decoderOf } from '#formats/trace-records.ts';

export interface TraceInstance extends Disposable {
  readonly path: string;
  readonly purpose: TracePurpose;
  /** Decoders by the number that records carry as common_type. */
  readonly decoders: ReadonlyMap<number, Decode>;
  /** Events that this kernel does not have, with the reason. */
  readonly missing: readonly { readonly event: string; readonly why: string }[];
  readonly pageBytes: number;
  start(): void;
  /** Records overwritten before they were read, on one CPU, since the start. */
  overrun(cpu: number): number;
}

interface Armed {
  readonly event: string;
  readonly filter?: string;
  /** Without it the instance is of no use. */
  readonly needed?: true;
  /** Unfiltered it would tell of far too much. */
  readonly onlyFiltered?: true;
  /** A kernel without it has nothing that it could tell of (no modules). */
  readonly mayBeAbsent?: true;
}

/**
 * 10 is TCP_LISTEN, 7 TCP_CLOSE. Without the second half each incoming connection would be an event as well: the kernel
 * clones the listening socket for it (inet_csk_clone_lock: LISTEN → SYN_RECV). Failed calls are of no interest.
 */
const sockets: readonly Armed[] = [
  { event: 'sock/inet_sock_set_state', filter: 'newstate==10||(oldstate==10&&newstate==7)', needed: true },
  { event: 'syscalls/sys_exit_bind', filter: 'ret==0' },
  // AF_PACKET 17; SOCK_RAW is 3, and no other kind has both bits. IPPROTO_RAW, 255, only sends: raw(7).
  {
    event: 'syscalls/sys_enter_socket',
    filter: 'family==17||((family==2||family==10)&&type&1&&type&2&&protocol!=255)',
    onlyFiltered: true,
  },
];
/** Under which a program hides best; the rest is found by looks. A filter has room for 1,024 characters or so. */
const GOOD_NAMES = [
  '*kworker*',
  '*kthreadd*',
  '*ksoftirqd*',
  '*migration/*',
  '*rcu_*',
  '*kswapd*',
  '*jbd2/*',
  '*khugepaged*',
  '*watchdog*',
  'sshd*',
  'cron*',
  'systemd*',
  'dbus-daemon',
  'rsyslogd',
  'agetty',
  'nginx',
  'apache2',
];
const processes: readonly Armed[] = [
  { event: 'sched/sched_process_exec', needed: true },
  { event: 'sched/sched_process_exit', filter: 'group_dead==1' },
  { event: 'task/task_newtask' },
  // What is asked for is told at the beginning, that it was given at the end.
  ...['setns', 'unshare', 'setuid', 'setreuid', 'setresuid'].flatMap((call): readonly Armed[] => [
    { event: `syscalls/sys_enter_${call}` },
    { event: `syscalls/sys_exit_${call}`, filter: 'ret==0' },
  ]),
  // Memory that may be run and comes from no file (4 is PROT_EXEC, 32 MAP_ANONYMOUS), or may be written as well.
  { event: 'syscalls/sys_enter_mmap', filter: '(prot&4&&flags&32)||prot==7', onlyFiltered: true },
  { event: 'syscalls/sys_enter_mprotect', filter: 'prot&4', onlyFiltered: true },
  { event: 'syscalls/sys_enter_pkey_mprotect', filter: 'prot&4', onlyFiltered: true, mayBeAbsent: true },
  // A program that it made in memory may be what it starts next.
  { event: 'syscalls/sys_enter_memfd_create', mayBeAbsent: true },
  // Names of the kernel's threads and of services, given to what is none: kthreadd makes the real ones.
  {
    event: 'task/task_rename',
    filter: `oldcomm!="kthreadd"&&(${GOOD_NAMES.map((name) => `newcomm~"${name}"`).join('||')})`,
    onlyFiltered: true,
  },
  // PTRACE_ATTACH, PTRACE_SEIZE
  { event: 'syscalls/sys_enter_ptrace', filter: 'request==16||request==16902' },
  { event: 'syscalls/sys_enter_process_vm_writev' },
  // Opened by somebody else. Kernels before 5.18 cannot compare a name in the caller's memory: then it is not heard.
  {
    event: 'syscalls/sys_enter_openat',
    filter: 'filename.ustring~"/proc/*/mem"&&filename.ustring!="/proc/self/mem"',
    onlyFiltered: true,
  },
  // BPF_PROG_LOAD, BPF_OBJ_PIN; all else that eBPF programs are asked is asked all day.
  { event: 'syscalls/sys_enter_bpf', filter: 'cmd==5||cmd==6', onlyFiltered: true },
  // FS_IOC_SETFLAGS (of 64 and 32 bits), FS_IOC_FSSETXATTR: chattr(1), which no file event tells of.
  {
    event: 'syscalls/sys_enter_ioctl',
    filter: 'cmd==1074292226||cmd==1074030082||cmd==1075599392',
    onlyFiltered: true,
  },
  ...['mount', 'move_mount', 'mount_setattr'].map(
    (call): Armed => ({ event: `syscalls/sys_exit_${call}`, filter: 'ret==0', mayBeAbsent: true }),
  ),
  { event: 'module/module_load', mayBeAbsent: true },
  { event: 'module/module_free', mayBeAbsent: true },
  { event: 'oom/mark_victim' },
  // SIGILL, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS, and no handler for it.
  {
    event: 'signal/signal_deliver',
    filter: 'sa_handler==0&&(sig==4||sig==6||sig==7||sig==8||sig==11||sig==31)',
    onlyFiltered: true,
  },
];

/** Debuggers and sandboxes do it a hundred thousand times a second: in a buffer of its own, whose losses are no loss. */
const reads: readonly Armed[] = [{ event: 'syscalls/sys_enter_process_vm_readv', mayBeAbsent: true }];
const READS_KB = 64;
const ARMED = { sockets, processes, reads } as const;

const LARGEST_KB = 2048;
const SMALLEST_KB = 256;
const TOTAL_KB = 16_384;

/**
 * What a buffer is for. `sockets` and `processes` wake their reader at the first record, but `processes`, whose records are
 * many, is left in peace for a moment after that; `reads` is read with the others and wakes nobody: see tracefs.ts.
 */
export type TracePurpose = keyof typeof ARMED;

/** Makes and sets up the instance (tracing is off until `start`); throws with the file that refused as `cause`. */
export function makeTraceInstance(
  tracefs: string,
  tag: string,
  purpose: TracePurpose,
  bufferKb = bufferSizeKb(),
): TraceInstance {
  const path = pathOf(tracefs, tag, purpose);
  removeTraceInstance(tracefs, tag, purpose);
  mkdirSync(path, 0o700);
  try {
    write(`${path}/tracing_on`, '0');
    // mono stops in suspend; field 22 of /proc/PID/stat counts from boot as well.
    write(`${path}/trace_clock`, 'boot');
    write(`${path}/buffer_size_kb`, String(purpose === 'reads' ? READS_KB : bufferKb));
    // The default, 50, delays poll until the buffer is half full. Kernels before 4.21 do not have it.
    if (existsSync(`${path}/buffer_percent`)) write(`${path}/buffer_percent`, '0');
    const { decoders, missing } = enableEvents(path, purpose);
    return {
      path,
      purpose,
      decoders,
      missing,
      pageBytes: pageBytesOf(readFileSync(`${tracefs}/events/header_page`, 'latin1')),
      start: () => {
        write(`${path}/tracing_on`, '1');
      },
      overrun: (cpu) => overrunOf(readFileSync(`${path}/per_cpu/cpu${cpu}/stats`, 'latin1')),
      [Symbol.dispose]: () => {
        removeTraceInstance(tracefs, tag, purpose);
      },
    };
  } catch (error) {
    removeTraceInstance(tracefs, tag, purpose);
    throw error;
  }
}

/** Removes an instance, also one that a crashed daemon left; the caller holds the lock that the tag stands for. */
export function removeTraceInstance(tracefs: string, tag: string, purpose: TracePurpose): void {
  const path = pathOf(tracefs, tag, purpose);
  if (!existsSync(path)) return;
  write(`${path}/tracing_on`, '0');
  write(`${path}/events/enable`, '0');
  rmdirSync(path);
}

function pathOf(tracefs: string, tag: string, purpose: TracePurpose): string {
  return `${tracefs}/instances/telltale-${tag}${purpose === 'sockets' ? '' : `-${purpose}`}`;
}

/** Kernel memory is taken for every CPU: less for each when there are many. */
export function bufferSizeKb(cpus = availableParallelism()): number {
  return Math.max(SMALLEST_KB, Math.min(LARGEST_KB, Math.floor(TOTAL_KB / cpus)));
}

function enableEvents(path: string, purpose: TracePurpose): Pick<TraceInstance, 'decoders' | 'missing'> {
  const decoders = new Map<number, Decode>();
  const missing: { event: string; why: string }[] = [];
  for (const { event, filter, needed, onlyFiltered, mayBeAbsent } of withFallbacks(path, purpose)) {
    const folder = `${path}/events/${event}`;
    if (mayBeAbsent && !existsSync(folder)) continue;
    try {
      const { format } = parseTraceFormat(readFileSync(`${folder}/format`, 'latin1'));
      if (format === undefined) throw new Error(`Cannot understand "${folder}/format"`);
      const decode = decoderOf(format);
      const filtered = filter !== undefined && fieldsOf(filter).every((name) => format.fields.has(name));
      if (filtered) write(`${folder}/filter`, filter);
      else if (onlyFiltered) throw new Error(`Its fields are not those that the filter "${filter}" names`);
      write(`${folder}/enable`, '1');
      decoders.set(format.id, decode);
    } catch (error) {
      if (needed) throw new Error(`Cannot arm the trace event "${event}"`, { cause: error });
      missing.push({ event, why: error instanceof Error ? error.message : String(error) });
    }
  }
  return { decoders, missing };
}

/** Names in a filter that are no text and no operator as in "name.ustring". */
function fieldsOf(filter: string): string[] {
  return [...filter.replaceAll(/"[^"]*"|\.[a-z]+/g, '').matchAll(/[a-z_]+/g)].map(([name]) => name);
}

/** task_newtask carries the flags of clone(2), which tell threads from processes; sched_process_fork is older. */
function withFallbacks(path: string, purpose: TracePurpose): readonly Armed[] {
  const armed = ARMED[purpose];
  if (purpose !== 'processes' || existsSync(`${path}/events/task/task_newtask`)) return armed;
  return armed.map((one) => (one.event === 'task/task_newtask' ? { event: 'sched/sched_process_fork' } : one));
}

function write(path: string, text: string): void {
  writeFileSync(path, text, { flag: 'w' });
}

/** A page is as large as the kernel's own, or as buffer_subbuf_size_kb says: the header page tells. */
function pageBytesOf(headerPage: string): number {
  const match = /field: char data;\s+offset:(\d+);\s+size:(\d+);/.exec(headerPage);
  return match ? Number(match[1]) + Number(match[2]) : 4096;
}

function overrunOf(stats: string): number {
  let count = 0;
  for (const [, number] of stats.matchAll(/^(?:overrun|dropped events): (\d{1,15})$/gm)) count += Number(number);
  return count;
}
