/** Runs a classic BPF program over a packet as the kernel would: only the instructions that our filter uses. */

/** What the kernel knows of a packet beside its bytes; `type` 0: to us, 4: from us. */
export interface Ancillary {
  readonly type: number;
  readonly protocol: number;
  readonly index: number;
}

interface Machine {
  a: number;
  x: number;
  memory: number;
  at: number;
}

type Instruction = (machine: Machine, k: number, ways: readonly [yes: number, no: number]) => void;

const test =
  (holds: (a: number, k: number) => boolean): Instruction =>
  (machine, k, [yes, no]) => {
    machine.at += holds(machine.a, k) ? yes : no;
  };

const plain: Readonly<Record<number, Instruction>> = {
  0x01: (machine, k) => void (machine.x = k),
  0x02: (machine) => void (machine.memory = machine.a),
  0x05: (machine, k) => void (machine.at += k),
  0x15: test((a, k) => a === k),
  0x25: test((a, k) => a > k),
  0x35: test((a, k) => a >= k),
  0x45: test((a, k) => (a & k) !== 0),
  0x54: (machine, k) => void (machine.a &= k),
  0x60: (machine) => void (machine.a = machine.memory),
};
/** Loads: how many bytes, and whether from X on. */
const loads: Readonly<Record<number, readonly [bytes: number, indexed: boolean]>> = {
  0x20: [4, false],
  0x28: [2, false],
  0x30: [1, false],
  0x48: [2, true],
  0x50: [1, true],
};

/** What the program returns: bytes to keep, 0 to drop; a load beyond the end drops. Throws where it has no end. */
export function runFilter(program: Buffer, packet: Buffer, ancillary: Ancillary): number {
  const special = new Map([
    [0xfffff000, ancillary.protocol],
    [0xfffff004, ancillary.type],
    [0xfffff008, ancillary.index],
    [0xfffff030, 0],
  ]);
  const machine: Machine = { a: 0, x: 0, memory: 0, at: 0 };
  for (; machine.at < program.length / 8; machine.at += 1) {
    const line = program.subarray(machine.at * 8, machine.at * 8 + 8);
    const [code, k] = [line.readUInt16LE(0), line.readUInt32LE(4)];
    if (code === 0x06) return k;
    const load = loads[code];
    if (load !== undefined) {
      const from = load[1] ? machine.x + k : k;
      const value = special.get(from) ?? numberAt(packet, from, load[0]);
      if (value === undefined) return 0;
      machine.a = value;
    } else if (code === 0xb1) machine.x = ((packet[k] ?? 0) & 0xf) * 4;
    else if (plain[code] === undefined) throw new Error(`Unknown instruction ${code.toString(16)}`);
    else plain[code](machine, k, [line[2] ?? 0, line[3] ?? 0]);
  }
  throw new Error('The program has no end');
}

function numberAt(packet: Buffer, at: number, bytes: number): number | undefined {
  return at + bytes <= packet.length ? packet.readUIntBE(at, bytes) : undefined;
}
