/**
 * The classic BPF program that decides in the kernel what may be a probe or an answer to one: packet(7),
 * include/uapi/linux/filter.h. Data of established connections never leaves the kernel. Offset 0 is the network header
 * (SOCK_DGRAM); a load beyond the end of the packet drops it.
 */

/** What the program depends on. */
export interface FilterWish {
  /** UDP ports that are not of interest: services with much traffic; at most 64. */
  readonly hushed: readonly number[];
  /** First and last port that the kernel gives to clients. */
  readonly ephemeral: readonly [first: number, last: number];
}

/** Bytes of a packet that are handed over: IPv6 with all TCP options, or an ICMPv6 error with what it quotes. */
export const SNAP_BYTES = 128;
/** Ports that can be hushed. */
export const MAX_HUSHED = 64;
/** 127.84.84.84: packets on loopback are our own and dropped, but for this address, at which the rehearsal knocks. */
export const REHEARSAL_ADDRESS = 0x7f545454;

const LOOPBACK_INDEX = 1; // LOOPBACK_IFINDEX, include/linux/netdevice.h
const ETH_IP = 0x800;
const ETH_IP6 = 0x86dd;
/** Longest packet that counts as a fragment cut small on purpose; ordinary fragments carry hundreds of bytes. */
const TINY_BYTES = 68;
/** A fragment behind this offset (in units of 8 bytes) does not touch the transport header. */
const TINY_OFFSET = 4;
/** Tunnels, routing and multicast: ESP, AH, GRE, IP in IP, IPv6 in IP, OSPF, VRRP, IGMP, PIM, L2TP. */
const ORDINARY_PROTOCOLS = [50, 51, 47, 4, 41, 89, 112, 2, 103, 115];

const extension = (offset: number): number => 0x1_0000_0000 - 0x1000 + offset;
const PROTOCOL = extension(0);
const PACKET_TYPE = extension(4);
const INTERFACE = extension(8);
const VLAN_PRESENT = extension(48);

type Line = readonly [code: number, k: number, yes?: string, no?: string] | string;

const ld = (k: number): Line => [0x20, k];
const ldh = (k: number): Line => [0x28, k];
const ldb = (k: number): Line => [0x30, k];
/** Loads at X + k. */
const ldhX = (k: number): Line => [0x48, k];
const ldbX = (k: number): Line => [0x50, k];
const jeq = (k: number, yes: string, no = ''): Line => [0x15, k, yes, no];
const jgt = (k: number, yes: string, no = ''): Line => [0x25, k, yes, no];
const jge = (k: number, yes: string, no = ''): Line => [0x35, k, yes, no];
const jset = (k: number, yes: string, no = ''): Line => [0x45, k, yes, no];
const ret = (k: number): Line => [0x06, k];
const LOAD_DIRECTION: Line = [0x60, 0];
const STORE_DIRECTION: Line = [0x02, 0];
const X_HEADER_LENGTH: Line = [0xb1, 0];
const X_FORTY: Line = [0x01, 40];

/** Inbound (0) goes on at `then`, outbound is dropped. */
const inboundOnly = (then: string): Line[] => [LOAD_DIRECTION, jeq(0, then, 'drop')];
const anyOf = (values: readonly number[], then: string): Line[] => values.map((value) => jeq(value, then));

/** The program as struct sock_filter: code u16, jt u8, jf u8, k u32, each eight bytes. */
export function packetFilter(wish: FilterWish): Buffer {
  return assemble([...beginning(), ...ipv4(), ...ipv6(), ...transports(wish)]);
}

/** Ours in or out, no VLAN tag (then it is seen again at the VLAN's own interface), no loopback. */
function beginning(): Line[] {
  return [
    ld(PACKET_TYPE),
    jeq(0, 'ours'),
    jeq(4, 'ours', 'drop'),
    ':ours',
    STORE_DIRECTION,
    ld(VLAN_PRESENT),
    jeq(0, '', 'drop'),
    ld(INTERFACE),
    jeq(LOOPBACK_INDEX, '', 'family'),
    ld(PROTOCOL),
    jeq(ETH_IP, '', 'drop'),
    ld(16),
    jeq(REHEARSAL_ADDRESS, 'ipv4'),
    ld(12),
    jeq(REHEARSAL_ADDRESS, 'ipv4', 'drop'),
    ':family',
    ld(PROTOCOL),
    jeq(ETH_IP6, 'ipv6'),
    jeq(ETH_IP, '', 'drop'),
    // From outside nobody may play the rehearsal.
    ld(16),
    jeq(REHEARSAL_ADDRESS, 'drop'),
  ];
}

function ipv4(): Line[] {
  return [
    ':ipv4',
    ldh(6),
    jset(0x1fff, 'later fragment'),
    jset(0x2000, '', 'whole'),
    ldh(2),
    jge(TINY_BYTES, 'whole'),
    ...inboundOnly('accept'),
    ':later fragment',
    [0x54, 0x1fff],
    jgt(TINY_OFFSET, 'drop'),
    ldh(2),
    jge(TINY_BYTES, 'drop'),
    ...inboundOnly('accept'),
    ':whole',
    ldb(0),
    jeq(0x45, 'no options'),
    // Options: source routes, record route, timestamps. Nobody needs them but who maps networks; answers repeat them.
    ret(SNAP_BYTES),
    ':no options',
    X_HEADER_LENGTH,
    ldb(9),
    [0x05, 0, 'transport'],
  ];
}

function ipv6(): Line[] {
  return [
    ':ipv6',
    ldb(6),
    ...anyOf([0, 43, 60], 'extended'),
    jeq(44, '', 'plain'),
    ldh(4),
    jge(TINY_BYTES - 12, 'drop'),
    ':extended',
    ...inboundOnly('accept'),
    ':plain',
    X_FORTY,
    ldb(6),
  ];
}

function transports({ hushed, ephemeral }: FilterWish): Line[] {
  return [
    ':transport',
    jeq(6, 'tcp'),
    jeq(17, 'udp'),
    jeq(1, 'icmp'),
    jeq(58, 'icmp6'),
    jeq(132, 'sctp'),
    ...anyOf(ORDINARY_PROTOCOLS, 'drop'),
    ...inboundOnly('accept'),
    ':tcp',
    ldbX(13),
    // Without ACK: the first of a connection, or no such thing as TCP knows. With ACK: only where it opens or ends.
    jset(0x10, '', 'accept'),
    jset(0x06, 'accept'),
    jset(0x01, '', 'drop'),
    ...inboundOnly('accept'),
    ':udp',
    ...inboundOnly('to us'),
    ':to us',
    ldhX(2),
    ...anyOf(hushed.slice(0, MAX_HUSHED), 'drop'),
    jge(ephemeral[0], '', 'accept'),
    jgt(ephemeral[1], 'accept'),
    // From a well-known port to a client's: the answer to a question of ours, perhaps a late one.
    ldhX(0),
    jge(1024, 'accept', 'drop'),
    ':icmp',
    ldbX(0),
    ...anyOf([3, 8], 'accept'),
    jeq(13, 'asked'),
    jeq(15, 'asked'),
    jeq(17, 'asked', 'drop'),
    ':icmp6',
    ldbX(0),
    ...anyOf([1, 4, 128], 'accept'),
    jeq(139, 'asked', 'drop'),
    ':asked',
    ...inboundOnly('accept'),
    ':sctp',
    ldbX(12),
    ...anyOf([1, 2, 6, 10], 'accept'),
    ':drop',
    ret(0),
    ':accept',
    ret(SNAP_BYTES),
  ];
}

/** Labels are lines that begin with ":"; a jump to "" goes on with the next line. Jumps only lead forward, 255 at most. */
function assemble(lines: readonly Line[]): Buffer {
  const labels = new Map<string, number>();
  const code: Exclude<Line, string>[] = [];
  for (const line of lines) {
    if (typeof line === 'string') labels.set(line.slice(1), code.length);
    else code.push(line);
  }
  const program = Buffer.alloc(code.length * 8);
  for (const [index, [opcode, k, yes, no]] of code.entries()) {
    const way = (label = ''): number => {
      if (label === '') return 0;
      const target = labels.get(label);
      if (target === undefined) throw new Error(`Unknown label "${label}"`);
      return target - index - 1;
    };
    const always = opcode === 0x05;
    const [forward, else_] = always ? [0, 0] : [way(yes), way(no)];
    if (forward < 0 || else_ < 0 || forward > 255 || else_ > 255) throw new Error(`Jump too far at ${index}`);
    program.writeUInt16LE(opcode, index * 8);
    program.writeUInt8(forward, index * 8 + 2);
    program.writeUInt8(else_, index * 8 + 3);
    program.writeUInt32LE(always ? way(yes) : k, index * 8 + 4);
  }
  return program;
}
