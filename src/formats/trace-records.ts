/**
 * The trace records that we arm, decoded by the offsets that this kernel gave (trace-format.ts). A record's common_pid is
 * the id of the thread, not of the process.
 */

import { byteText } from '#lib/byte-text.ts';
import type { TraceField, TraceFormat } from './trace-format.ts';

interface Common {
  /** Nanoseconds of the trace clock. */
  readonly timeNs: number;
  /** Thread that was on the CPU. In an interrupt it has nothing to do with the event. */
  readonly tid: number;
  readonly inInterrupt: boolean;
}

/** State of an inet socket changed; `family` 2 or 10; `protocol` 6 TCP, 132 SCTP, 262 MPTCP. */
export interface SocketRecord extends Common {
  readonly type: 'socket';
  readonly oldState: number;
  readonly newState: number;
  readonly family: number;
  readonly protocol: number;
  readonly port: number;
  /** 4 or 16 bytes, a copy. */
  readonly address: Buffer;
}

/** A thread was made by thread `tid`; `flags` are those of clone(2), 0 where the kernel's event does not carry them. */
export interface ForkRecord extends Common {
  readonly type: 'fork';
  readonly child: number;
  readonly flags: number;
}

/** The process `pid` runs another program now. `oldTid` differs when another thread than the first called exec. */
export interface ExecRecord extends Common {
  readonly type: 'exec';
  readonly pid: number;
  readonly oldTid: number;
  /** As it was passed: may be relative, a script, or /proc/self/fd/N. Bytes, without the NUL. */
  readonly filename: Buffer;
}

/** A thread ended; `last` when the whole process did, undefined on kernels before 6.16, which do not say. */
export interface ExitRecord extends Common {
  readonly type: 'exit';
  readonly pid: number;
  readonly last: boolean | undefined;
}

/** The thread `thread` calls itself `name` from now on, as ps shows it. */
export interface RenameRecord extends Common {
  readonly type: 'renamed';
  readonly thread: number;
  readonly name: string;
}

/** bind() came back without an error. */
export interface BindCallRecord extends Common {
  readonly type: 'bind';
}

/** socket() begins, of a kind of which no other event tells: packet, raw. */
export interface SocketCallRecord extends Common {
  readonly type: 'socket-call';
}

/** Arguments that are kept of a system call when it begins, by its name; man 2 NAME. */
const callArguments = {
  setuid: ['uid'],
  setreuid: ['ruid', 'euid'],
  setresuid: ['ruid', 'euid', 'suid'],
  unshare: ['unshare_flags'],
  setns: ['fd', 'flags'],
  mmap: ['prot'],
  mprotect: ['prot'],
  pkey_mprotect: ['prot'],
  memfd_create: ['flags'],
} as const;
export type CallName = keyof typeof callArguments;

/** A system call begins. `values`: its arguments in the order of `callArguments`, the low 32 bits of each, unsigned. */
export interface CallRecord extends Common {
  readonly type: 'call';
  readonly call: CallName;
  readonly values: readonly number[];
}

/** A system call came back without an error. */
export interface DoneRecord extends Common {
  readonly type: 'done';
  readonly call: CallName;
}

/**
 * Began to trace a process, means to write or read its memory, brings code into the kernel (an eBPF program, a module) or takes
 * it out, has mounted something, or sets the flags of a file; `target` by the caller's pid namespace, 0 when not told;
 * of `file-flags` the descriptor.
 */
export interface IntrusionRecord extends Common {
  readonly type: 'trace' | 'memory-write' | 'memory-read' | 'kernel-code' | 'module' | 'mount' | 'file-flags';
  readonly target: number;
}

/** The kernel ends a process because memory is out. `tid` is whoever asked for memory, `pid` the one that ends. */
export interface OutOfMemoryRecord extends Common {
  readonly type: 'out-of-memory';
  readonly pid: number;
}

/** A signal that nobody handles is delivered: the process ends by it. */
export interface CrashRecord extends Common {
  readonly type: 'crash';
  readonly signal: number;
}

export type TraceRecord =
  | SocketRecord
  | ForkRecord
  | ExecRecord
  | ExitRecord
  | RenameRecord
  | BindCallRecord
  | SocketCallRecord
  | CallRecord
  | DoneRecord
  | IntrusionRecord
  | OutOfMemoryRecord
  | CrashRecord;

export type Decode = (page: Buffer, offset: number, length: number, timeNs: number) => TraceRecord | undefined;

const IN_INTERRUPT = 0x08 | 0x10;

/**
 * Makes the decoder of one event, by its name. Throws where a needed field is missing: such a kernel must not be
 * misread. The decoder gives undefined for a record that is too short.
 */
export function decoderOf(format: TraceFormat): Decode {
  const make = makers[format.name] ?? callMaker(format.name);
  if (make === undefined) throw new Error(`No decoder for the trace event "${format.name}"`);
  return make(format);
}

const makers: Readonly<Record<string, (format: TraceFormat) => Decode>> = {
  inet_sock_set_state: makeSocketDecoder,
  task_newtask: (format) => makeForkDecoder(format, 'pid'),
  sched_process_fork: (format) => makeForkDecoder(format, 'child_pid'),
  sched_process_exec: makeExecDecoder,
  sched_process_exit: makeExitDecoder,
  task_rename: makeRenameDecoder,
  sys_exit_bind: (format) => makeBareDecoder(format, (common) => ({ type: 'bind', ...common })),
  sys_enter_socket: (format) => makeBareDecoder(format, (common) => ({ type: 'socket-call', ...common })),
  sys_enter_ptrace: (format) => makeIntrusionDecoder(format, 'trace', 'pid'),
  sys_enter_process_vm_writev: (format) => makeIntrusionDecoder(format, 'memory-write', 'pid'),
  sys_enter_process_vm_readv: (format) => makeIntrusionDecoder(format, 'memory-read', 'pid'),
  sys_enter_openat: makeMemoryFileDecoder,
  sys_enter_bpf: (format) => makeIntrusionDecoder(format, 'kernel-code', undefined),
  sys_enter_ioctl: (format) => makeIntrusionDecoder(format, 'file-flags', 'fd'),
  sys_exit_mount: (format) => makeIntrusionDecoder(format, 'mount', undefined),
  sys_exit_move_mount: (format) => makeIntrusionDecoder(format, 'mount', undefined),
  sys_exit_mount_setattr: (format) => makeIntrusionDecoder(format, 'mount', undefined),
  module_load: (format) => makeIntrusionDecoder(format, 'module', undefined),
  module_free: (format) => makeIntrusionDecoder(format, 'module', undefined),
  mark_victim: makeOutOfMemoryDecoder,
  signal_deliver: makeCrashDecoder,
};

function field(format: TraceFormat, name: string): TraceField {
  const found = format.fields.get(name);
  if (found === undefined) throw new Error(`The trace event "${format.name}" of this kernel has no field "${name}"`);
  return found;
}

/** Length that a record must have for all its fixed fields to lie inside. */
function needed(format: TraceFormat): number {
  let end = 8;
  for (const { offset, sizeBytes } of format.fields.values()) end = Math.max(end, offset + sizeBytes);
  return end;
}

function readNumber(page: Buffer, offset: number, { offset: inRecord, sizeBytes, signed }: TraceField): number {
  const at = offset + inRecord;
  // Wider fields are values of clone flags or results of calls: the low half says all that we ask.
  const size = Math.min(sizeBytes, 4);
  return signed ? page.readIntLE(at, size) : page.readUIntLE(at, size);
}

/** Reads what every record begins with. */
function makeCommon(format: TraceFormat): (page: Buffer, offset: number, timeNs: number) => Common {
  const pid = field(format, 'common_pid');
  const flags = field(format, 'common_flags');
  return (page, offset, timeNs) => ({
    timeNs,
    tid: readNumber(page, offset, pid),
    inInterrupt: (readNumber(page, offset, flags) & IN_INTERRUPT) !== 0,
  });
}

function makeSocketDecoder(format: TraceFormat): Decode {
  const common = makeCommon(format);
  const size = needed(format);
  const numbers = (['oldstate', 'newstate', 'sport', 'family', 'protocol'] as const).map((name) => field(format, name));
  const [oldState, newState, sport, familyField, protocol] = numbers as [
    TraceField,
    TraceField,
    TraceField,
    TraceField,
    TraceField,
  ];
  const v4 = field(format, 'saddr').offset;
  const v6 = field(format, 'saddr_v6').offset;
  return (page, offset, length, timeNs) => {
    if (length < size) return undefined;
    const family = readNumber(page, offset, familyField);
    const at = offset + (family === 10 ? v6 : v4);
    return {
      type: 'socket',
      ...common(page, offset, timeNs),
      oldState: readNumber(page, offset, oldState),
      newState: readNumber(page, offset, newState),
      family,
      protocol: readNumber(page, offset, protocol),
      port: readNumber(page, offset, sport),
      address: Buffer.from(page.subarray(at, at + (family === 10 ? 16 : 4))),
    };
  };
}

function makeForkDecoder(format: TraceFormat, childName: string): Decode {
  const common = makeCommon(format);
  const size = needed(format);
  const child = field(format, childName);
  const flags = format.fields.get('clone_flags');
  return (page, offset, length, timeNs) =>
    length < size
      ? undefined
      : {
          type: 'fork',
          ...common(page, offset, timeNs),
          child: readNumber(page, offset, child),
          flags: flags ? readNumber(page, offset, flags) : 0,
        };
}

function makeExecDecoder(format: TraceFormat): Decode {
  const common = makeCommon(format);
  const size = needed(format);
  const filename = field(format, 'filename');
  const pid = field(format, 'pid');
  const oldPid = field(format, 'old_pid');
  return (page, offset, length, timeNs) => {
    if (length < size) return undefined;
    // __data_loc: offset in the record in the low half, length with the NUL in the high half.
    const location = readNumber(page, offset, filename) >>> 0;
    const start = location & 0xffff;
    const bytes = page.subarray(offset + Math.min(start, length), offset + Math.min(start + (location >>> 16), length));
    const nul = bytes.indexOf(0);
    return {
      type: 'exec',
      ...common(page, offset, timeNs),
      pid: readNumber(page, offset, pid),
      oldTid: readNumber(page, offset, oldPid),
      filename: Buffer.from(nul < 0 ? bytes : bytes.subarray(0, nul)),
    };
  };
}

function makeExitDecoder(format: TraceFormat): Decode {
  const common = makeCommon(format);
  const size = needed(format);
  const pid = field(format, 'pid');
  const last = format.fields.get('group_dead');
  return (page, offset, length, timeNs) =>
    length < size
      ? undefined
      : {
          type: 'exit',
          ...common(page, offset, timeNs),
          pid: readNumber(page, offset, pid),
          last: last && readNumber(page, offset, last) !== 0,
        };
}

function makeRenameDecoder(format: TraceFormat): Decode {
  const common = makeCommon(format);
  const size = needed(format);
  const pid = field(format, 'pid');
  const { offset: at, sizeBytes } = field(format, 'newcomm');
  return (page, offset, length, timeNs) => {
    if (length < size) return undefined;
    const bytes = page.subarray(offset + at, offset + at + sizeBytes);
    const nul = bytes.indexOf(0);
    return {
      type: 'renamed',
      ...common(page, offset, timeNs),
      thread: readNumber(page, offset, pid),
      name: byteText(nul < 0 ? bytes : bytes.subarray(0, nul)),
    };
  };
}

function callMaker(name: string): ((format: TraceFormat) => Decode) | undefined {
  const [, way, call = ''] = /^sys_(enter|exit)_(\w+)$/.exec(name) ?? [];
  if (!isCallName(call)) return undefined;
  if (way === 'enter') return (format) => makeCallDecoder(format, call);
  return (format) => makeBareDecoder(format, (common) => ({ type: 'done', call, ...common }));
}

function isCallName(name: string): name is CallName {
  return Object.hasOwn(callArguments, name);
}

function makeCallDecoder(format: TraceFormat, call: CallName): Decode {
  const common = makeCommon(format);
  const size = needed(format);
  const fields = callArguments[call].map((name) => field(format, name));
  return (page, offset, length, timeNs) => {
    if (length < size) return undefined;
    const values = fields.map((one) => readNumber(page, offset, one) >>> 0);
    return { type: 'call', call, ...common(page, offset, timeNs), values };
  };
}

function makeBareDecoder(format: TraceFormat, record: (common: Common) => TraceRecord): Decode {
  const common = makeCommon(format);
  const size = needed(format);
  return (page, offset, length, timeNs) => (length < size ? undefined : record(common(page, offset, timeNs)));
}

function makeIntrusionDecoder(format: TraceFormat, type: IntrusionRecord['type'], name: string | undefined): Decode {
  const common = makeCommon(format);
  const size = needed(format);
  const target = name === undefined ? undefined : field(format, name);
  return (page, offset, length, timeNs) =>
    length < size
      ? undefined
      : { type, ...common(page, offset, timeNs), target: target ? readNumber(page, offset, target) : 0 };
}

/** Opens the memory of a process; only the address of the name is in the record. O_WRONLY, O_RDWR: open(2). */
function makeMemoryFileDecoder(format: TraceFormat): Decode {
  const flags = field(format, 'flags');
  const read = makeIntrusionDecoder(format, 'memory-read', undefined);
  const write = makeIntrusionDecoder(format, 'memory-write', undefined);
  return (page, offset, length, timeNs) => {
    if (length < flags.offset + flags.sizeBytes) return undefined;
    const decode = (readNumber(page, offset, flags) & 3) === 0 ? read : write;
    return decode(page, offset, length, timeNs);
  };
}

function makeCrashDecoder(format: TraceFormat): Decode {
  const common = makeCommon(format);
  const signal = field(format, 'sig');
  return (page, offset, length, timeNs) =>
    length < signal.offset + signal.sizeBytes
      ? undefined
      : { type: 'crash', ...common(page, offset, timeNs), signal: readNumber(page, offset, signal) };
}

function makeOutOfMemoryDecoder(format: TraceFormat): Decode {
  const common = makeCommon(format);
  const pid = field(format, 'pid');
  return (page, offset, length, timeNs) =>
    length < pid.offset + pid.sizeBytes
      ? undefined
      : { type: 'out-of-memory', ...common(page, offset, timeNs), pid: readNumber(page, offset, pid) };
}
