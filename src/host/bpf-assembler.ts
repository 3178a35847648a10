/**
 * The few eBPF instructions that our programs need, written straight as bytes: no compiler and no library has to be on
 * the watched host. An instruction is code u8, registers u8 (destination in the low half), offset i16, immediate i32.
 * Source: kernel Documentation/bpf/standardization/instruction-set.rst.
 */

type Register = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;

const SIZES = { 4: 0x00, 8: 0x18 } as const;

function instruction(code: number, registers: { to?: Register; from?: Register }, offset = 0, immediate = 0): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt8(code, 0);
  bytes.writeUInt8((registers.to ?? 0) | ((registers.from ?? 0) << 4), 1);
  bytes.writeInt16LE(offset, 2);
  bytes.writeInt32LE(immediate, 4);
  return bytes;
}

/** Each makes one instruction (`mapFd`: the two that load a map by its descriptor). */
export const bpf = {
  copy: (to: Register, from: Register): Buffer => instruction(0xbf, { to, from }),
  set: (to: Register, value: number): Buffer => instruction(0xb7, { to }, 0, value),
  add: (to: Register, value: number): Buffer => instruction(0x07, { to }, 0, value),
  call: (helper: number): Buffer => instruction(0x85, {}, 0, helper),
  exit: (): Buffer => instruction(0x95, {}),
  /** to = *(from + offset) */
  load: (sizeBytes: 4 | 8, to: Register, from: Register, offset: number): Buffer =>
    instruction(0x61 | SIZES[sizeBytes], { to, from }, offset),
  /** *(to + offset) = from */
  store: (sizeBytes: 4 | 8, to: Register, offset: number, from: Register): Buffer =>
    instruction(0x63 | SIZES[sizeBytes], { to, from }, offset),
  /** *(to + offset) = value */
  storeValue: (sizeBytes: 4 | 8, to: Register, offset: number, value: number): Buffer =>
    instruction(0x62 | SIZES[sizeBytes], { to }, offset, value),
  /** *(u64 *)(to + offset) += from, atomically */
  atomicAdd: (to: Register, offset: number, from: Register): Buffer => instruction(0xdb, { to, from }, offset),
  /** Skips `count` instructions when the register is `value`. */
  skipIfEqual: (register: Register, value: number, count: number): Buffer =>
    instruction(0x15, { to: register }, count, value),
  /** Skips `count` instructions when the registers differ. */
  skipIfOther: (a: Register, b: Register, count: number): Buffer => instruction(0x5d, { to: a, from: b }, count),
  mapFd: (to: Register, fd: number): Buffer =>
    Buffer.concat([instruction(0x18, { to, from: 1 }, 0, fd), instruction(0, {})]),
} as const;
