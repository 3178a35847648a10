/**
 * Where the kernel keeps what: its own description of its types (BTF), as /sys/kernel/btf/vmlinux shows it. Source: kernel
 * Documentation/bpf/btf.rst. Only what eBPF programs of ours ask for is read: numbers of functions, offsets of fields.
 */

/** What can be asked of a description. */
export interface Btf {
  /** Number of the function's type; undefined where this kernel has no such function. */
  functionId(name: string): number | undefined;
  /** Bytes from the beginning of the structure, also of a field in a nameless part of it; undefined where it has none. */
  offsetOf(structure: string, field: string): number | undefined;
}

const MAGIC = 0xeb9f;
const HEADER_BYTES = 24;
/** Everything behind the header is in words of four bytes. */
const WORD = 4;
const TYPE_WORDS = 3;
const MEMBER_WORDS = 3;
const STRUCT = 4;
const UNION = 5;
const FUNCTION = 12;
/** Nameless parts within nameless parts; C knows no limit, kernels need three. */
const MAX_DEPTH = 8;
/** Words behind a type, by its kind (BTF_KIND_INT is 1, BTF_KIND_ENUM64 19): fixed ones, and so many an element. */
const FIXED = [0, 1, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0];
const EACH = [0, 0, 0, 0, 3, 3, 2, 0, 0, 0, 0, 0, 0, 2, 0, 3, 0, 0, 0, 3];

/** Undefined for what is no description, or one that is cut off or has kinds of types that we do not know. */
export function parseBtf(bytes: Buffer): Btf | undefined {
  if (bytes.length < HEADER_BYTES || bytes.readUInt16LE(0) !== MAGIC) return undefined;
  const from = bytes.readUInt32LE(4);
  const [typesAt, typesLength] = [from + bytes.readUInt32LE(8), bytes.readUInt32LE(12)];
  const [namesAt, namesLength] = [from + bytes.readUInt32LE(16), bytes.readUInt32LE(20)];
  if (typesAt + typesLength > bytes.length || namesAt + namesLength > bytes.length) return undefined;
  const types = wordsOf(bytes.subarray(typesAt, typesAt + typesLength));
  const starts = startsOf(types);
  return starts && new Description(types, starts, bytes.subarray(namesAt, namesAt + namesLength));
}

/** A hundred thousand types are read: as one array of numbers. Our machines are little endian, as what they describe. */
function wordsOf(bytes: Buffer): Uint32Array {
  const isAligned = bytes.byteOffset % WORD === 0;
  const { buffer, byteOffset } = isAligned ? bytes : new Uint8Array(bytes);
  return new Uint32Array(buffer, byteOffset, Math.floor(bytes.length / WORD));
}

/** Where each type begins, by its number less one: 0 is void. */
function startsOf(types: Uint32Array): Uint32Array | undefined {
  const starts = new Uint32Array(Math.floor(types.length / TYPE_WORDS));
  let count = 0;
  for (let at = 0; at < types.length; ) {
    const info = types[at + 1] ?? 0;
    const [fixed, each] = [FIXED[kindOf(info)], EACH[kindOf(info)]];
    if (kindOf(info) === 0 || fixed === undefined || each === undefined) return undefined;
    starts[count] = at;
    count += 1;
    at += TYPE_WORDS + fixed + each * (info & 0xffff);
    if (at > types.length) return undefined;
  }
  return starts.subarray(0, count);
}

function kindOf(info: number): number {
  return (info >>> 24) & 0x1f;
}

class Description implements Btf {
  readonly #types: Uint32Array;
  readonly #starts: Uint32Array;
  readonly #names: Buffer;

  constructor(types: Uint32Array, starts: Uint32Array, names: Buffer) {
    this.#types = types;
    this.#starts = starts;
    this.#names = names;
  }

  functionId(name: string): number | undefined {
    return this.#find(name, FUNCTION);
  }

  offsetOf(structure: string, field: string): number | undefined {
    const id = this.#find(structure, STRUCT);
    const bits = id === undefined ? undefined : this.#bitsOf(id, this.#nameAt(field), 0);
    return bits === undefined || bits % 8 !== 0 ? undefined : bits / 8;
  }

  /** Names are kept once each, so that their place says which one it is. 0: there is no such name. */
  #nameAt(name: string): number {
    return this.#names.indexOf(`\0${name}\0`, 0, 'latin1') + 1;
  }

  #find(name: string, kind: number): number | undefined {
    const nameAt = this.#nameAt(name);
    if (nameAt === 0) return undefined;
    const index = this.#starts.findIndex((at) => this.#word(at) === nameAt && kindOf(this.#word(at + 1)) === kind);
    return index < 0 ? undefined : index + 1;
  }

  #word(at: number): number {
    return this.#types[at] ?? 0;
  }

  #bitsOf(id: number, nameAt: number, depth: number): number | undefined {
    const at = this.#starts[id - 1];
    if (nameAt === 0 || at === undefined || depth > MAX_DEPTH) return undefined;
    const info = this.#word(at + 1);
    if (kindOf(info) !== STRUCT && kindOf(info) !== UNION) return undefined;
    for (let member = 0; member < (info & 0xffff); member += 1) {
      const memberAt = at + TYPE_WORDS + member * MEMBER_WORDS;
      const bits = bitsIn(this.#word(memberAt + 2), info);
      if (this.#word(memberAt) === nameAt) return bits;
      const within = this.#word(memberAt) === 0 ? this.#bitsOf(this.#word(memberAt + 1), nameAt, depth + 1) : undefined;
      if (within !== undefined && bits !== undefined) return bits + within;
    }
    return undefined;
  }
}

/** Undefined for a bit field: with the type's flag set, the upper eight bits of an offset are the width of one. */
function bitsIn(offset: number, info: number): number | undefined {
  if (info >>> 31 === 0) return offset;
  return offset >>> 24 === 0 ? offset : undefined;
}
