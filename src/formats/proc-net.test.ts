import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { linesOf, type Parsed } from '#lib/parse-lines.ts';
import type { RawSocket } from '#model/host.ts';
import { parseProcNetIp } from './proc-net-ip.ts';
import { parseProcNetNetlink } from './proc-net-netlink.ts';
import { parseProcNetPacket } from './proc-net-packet.ts';
import { parseProcNetUnix } from './proc-net-unix.ts';
import { SocketColumns } from './socket-columns.ts';
import { addRawSocket } from './socket-rows.ts';

type Sockets = Parsed<Omit<RawSocket, 'namespace'>>;
const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000003 00:00000000 00000000  1000        0 624 1 000000002b507314 100 0 0 10 0
   1: 0101A8C0:0016 0901A8C0:C350 01 00000010:00000000 01:00000014 00000000     0        0 700 4 0000000000000000 20 4 30 10 -1
   2: 0100007F:1F9 broken
`;
const RAW6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
   58: 00000000000000000000000001000000:003A 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 31337 2 0000000000000000 0
`;
const UNIX = `Num       RefCount Protocol Flags    Type St Inode Path
00000000fc1d4700: 00000002 00000000 00010000 0001 01  1073 /run/a b.sock
00000000fc1d4701: 00000002 00000000 00000000 0002 01 20732 @telltale@x
00000000fc1d4702: 00000003 00000000 00000000 0001 03  1072
00000000fc1d4703: 00000003 00000000 00000000 0009 03  1072
`;
const PACKET = `sk               RefCnt Type Proto  Iface R Rmem   User   Inode
0000000000000000 3      3    0003   2     1 1024   0      4242
`;
const NETLINK = `sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode
00000000b7b39415 0   0          00000000 0        0        0     2        0        4
00000000b7b39416 15  3421077410 00000001 7        0        0     2        0        99
`;

test('parseProcNetIp() reads TCP, and sets a broken line aside', () => {
  const { rows, rejects } = parseProcNetIp(TCP, 'tcp', 'inet');
  assert.deepEqual(
    rows.map((row) => [
      row.state,
      row.localAddress,
      row.localPort,
      row.remoteAddress,
      row.remotePort,
      row.uid,
      row.inode,
    ]),
    [
      ['LISTEN', '127.0.0.1', 8080, '0.0.0.0', 0, 1000, 624],
      ['ESTAB', '192.168.1.1', 22, '192.168.1.9', 50000, 0, 700],
    ],
  );
  assert.deepEqual([rows[0]?.receiveQueueBytes, rows[1]?.sendQueueBytes], [3, 16]);
  assert.equal(rejects.length, 1);
});

test('parseProcNetIp() tells the IP protocol of a raw socket, not a port', () => {
  const [row] = parseProcNetIp(RAW6, 'raw', 'inet6').rows;
  assert.deepEqual([row?.localAddress, row?.localPort, row?.number, row?.inode], ['::1', 0, 58, 31337]);
});

test('parseProcNetUnix() reads paths with blanks, abstract and unnamed sockets', () => {
  const { rows, rejects } = parseProcNetUnix(UNIX);
  assert.deepEqual(
    rows.map(({ protocol, state, path, inode }) => [protocol, state, path, inode]),
    [
      ['stream', 'LISTEN', '/run/a b.sock', 1073],
      ['dgram', 'UNCONN', '@telltale@x', 20732],
      ['stream', 'ESTAB', '', 1072],
    ],
  );
  assert.equal(rejects.length, 1);
});

test('parseProcNetPacket() and parseProcNetNetlink() read their files', () => {
  const [packet] = parseProcNetPacket(PACKET).rows;
  assert.deepEqual(
    [packet?.number, packet?.interfaceIndex, packet?.inode, packet?.receiveQueueBytes],
    [3, 2, 4242, 1024],
  );
  const netlink = parseProcNetNetlink(NETLINK).rows;
  assert.deepEqual(
    netlink.map(({ number, portId, inode }) => [number, portId, inode]),
    [
      [0, 0, 4],
      [15, 3421077410, 99],
    ],
  );
});

const parsers: Readonly<Record<string, (text: string) => Sockets>> = {
  tcp: (text) => parseProcNetIp(text, 'tcp', 'inet'),
  raw6: (text) => parseProcNetIp(text, 'raw', 'inet6'),
  unix: parseProcNetUnix,
  packet: parseProcNetPacket,
  netlink: parseProcNetNetlink,
};

test('every parser of /proc/net accounts for every line of any text, also of damaged files', () => {
  const damaged = fc
    .tuple(fc.constantFrom(TCP, RAW6, UNIX, PACKET, NETLINK), fc.nat(500), fc.string({ unit: 'binary', maxLength: 9 }))
    .map(([text, at, bytes]) => text.slice(0, at) + bytes + text.slice(at + bytes.length));
  for (const [name, parse] of Object.entries(parsers)) {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), damaged), (text) => {
        const { rows, rejects } = parse(text);
        assert.equal(rows.length + rejects.length, Math.max(0, linesOf(text).length - 1), name);
        for (const row of rows) assert.ok(Number.isSafeInteger(row.inode) && row.inode >= 0);
      }),
    );
  }
});

test('a socket read from text is the same after it was packed', () => {
  const columns = new SocketColumns(16);
  const rows = [
    ...parseProcNetIp(TCP, 'tcp', 'inet').rows,
    ...parseProcNetIp(RAW6, 'raw', 'inet6').rows,
    ...parseProcNetUnix(UNIX).rows,
    ...parseProcNetPacket(PACKET).rows,
    ...parseProcNetNetlink(NETLINK).rows,
  ];
  for (const row of rows) addRawSocket(columns, row, 4026531840);
  assert.deepEqual(
    rows.map((row) => ({ namespace: 4026531840, ...row })),
    rows.map((_, index) => columns.at(index)),
  );
});
