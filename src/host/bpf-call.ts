/** The bpf(2) commands that we use, by their attribute layouts (include/uapi/linux/bpf.h, union bpf_attr). */

import { Arena, lastError, libc, syscall } from './ffi.ts';

const MAP_CREATE = 0;
const MAP_LOOKUP_ELEM = 1;
const PROG_LOAD = 5;
const LINK_CREATE = 28;
const ITER_CREATE = 33;
const LOG_BYTES = 16_384;

/** A refused command; the message carries the errno name, for programs also what the verifier said last. */
export class BpfError extends Error {}

function call(command: number, attributes: Buffer, what: string): number {
  const result = syscall.bpf(command, attributes);
  if (result < 0) throw new BpfError(`${what}: ${lastError()}`);
  return result;
}

/** Descriptor of a new map. */
export function createMap(type: number, keyBytes: number, valueBytes: number, entries: number): number {
  const attributes = Buffer.alloc(72);
  attributes.writeUInt32LE(type, 0);
  attributes.writeUInt32LE(keyBytes, 4);
  attributes.writeUInt32LE(valueBytes, 8);
  attributes.writeUInt32LE(entries, 12);
  return call(MAP_CREATE, attributes, `Cannot create an eBPF map of type ${type}`);
}

/** Value of element 0 of an array of u64. */
export function readCounter(mapFd: number): number {
  const arena = new Arena();
  const attributes = Buffer.alloc(32);
  const value = arena.alloc(8);
  attributes.writeUInt32LE(mapFd, 0);
  attributes.writeBigUInt64LE(arena.address(arena.alloc(4)), 8);
  attributes.writeBigUInt64LE(arena.address(value), 16);
  call(MAP_LOOKUP_ELEM, attributes, 'Cannot read the eBPF counter');
  return Number(value.readBigUInt64LE(0));
}

/** How a program is called, and the type of the kernel's function that it belongs to (0: none). */
export interface ProgramOptions {
  /** At most 15 characters. */
  readonly name?: string;
  readonly attachBtfId?: number;
}

/** Descriptor of a loaded program. */
export function loadProgram(
  type: number,
  attachType: number,
  instructions: readonly Buffer[],
  { name = 'telltale_bind', attachBtfId = 0 }: ProgramOptions = {},
): number {
  const arena = new Arena();
  const code = arena.keep(Buffer.concat(instructions));
  const log = arena.alloc(LOG_BYTES);
  const attributes = Buffer.alloc(128);
  attributes.writeUInt32LE(type, 0);
  attributes.writeUInt32LE(code.length / 8, 4);
  attributes.writeBigUInt64LE(arena.address(code), 8);
  // The clock helper is for programs under the GPL; ours may be used under either licence (docs/decisions/0022).
  attributes.writeBigUInt64LE(arena.address(arena.keep(Buffer.from('Dual BSD/GPL\0'))), 16);
  attributes.writeUInt32LE(1, 24);
  attributes.writeUInt32LE(log.length, 28);
  attributes.writeBigUInt64LE(arena.address(log), 32);
  attributes.write(name, 48, 15, 'latin1');
  attributes.writeUInt32LE(attachType, 68);
  attributes.writeUInt32LE(attachBtfId, 108);
  try {
    return call(PROG_LOAD, attributes, 'Cannot load the eBPF program');
  } catch (error) {
    const said = log
      .toString('latin1', 0, Math.max(0, log.indexOf(0)))
      .trim()
      .split('\n');
    throw new BpfError(`${(error as Error).message} ${said.slice(-2, -1).join('')}`.trim(), { cause: error });
  }
}

/** Attaches a program to a cgroup for as long as the descriptor lives: a crash leaves nothing behind. */
export function linkToCgroup(programFd: number, cgroupFd: number, attachType: number): number {
  const attributes = Buffer.alloc(64);
  attributes.writeUInt32LE(programFd, 0);
  attributes.writeUInt32LE(cgroupFd, 4);
  attributes.writeUInt32LE(attachType, 8);
  return call(LINK_CREATE, attributes, 'Cannot attach the eBPF program to the cgroup');
}

/** Descriptor of a link through which an iterator can be read. */
export function linkIterator(programFd: number, attachType: number): number {
  const attributes = Buffer.alloc(64);
  attributes.writeUInt32LE(programFd, 0);
  attributes.writeUInt32LE(attachType, 8);
  return call(LINK_CREATE, attributes, 'Cannot link the eBPF iterator');
}

/** A descriptor that is read once, from the beginning to the end. */
export function createIterator(linkFd: number): number {
  const attributes = Buffer.alloc(8);
  attributes.writeUInt32LE(linkFd, 0);
  return call(ITER_CREATE, attributes, 'Cannot begin to read the eBPF iterator');
}

/** What can be walked by id. */
export type BpfKind = 'program' | 'link';

const NEXT_ID = { program: 11, link: 31 } as const;
const FD_BY_ID = { program: 13, link: 30 } as const;
const OBJ_GET_INFO_BY_FD = 15;
const INFO_BYTES = 256;

/** The next id after `id`; -1 with ENOENT (see `lastError`) at the end. */
export function nextBpfId(kind: BpfKind, id: number): number {
  const attributes = Buffer.alloc(12);
  attributes.writeUInt32LE(id, 0);
  return syscall.bpf(NEXT_ID[kind], attributes) < 0 ? -1 : attributes.readUInt32LE(4);
}

/** The kernel's description of it, as long as this kernel knows one; undefined when it is gone or refused. */
export function bpfInfo(kind: BpfKind, id: number): Buffer | undefined {
  const wanted = Buffer.alloc(12);
  wanted.writeUInt32LE(id, 0);
  const fd = syscall.bpf(FD_BY_ID[kind], wanted);
  if (fd < 0) return undefined;
  const arena = new Arena();
  const info = arena.alloc(INFO_BYTES);
  const attributes = Buffer.alloc(16);
  attributes.writeUInt32LE(fd, 0);
  attributes.writeUInt32LE(info.length, 4);
  attributes.writeBigUInt64LE(arena.address(info), 8);
  const told = syscall.bpf(OBJ_GET_INFO_BY_FD, attributes);
  libc.close(fd);
  return told < 0 ? undefined : info.subarray(0, Math.min(attributes.readUInt32LE(4), INFO_BYTES));
}
