/** Opens one socket of each family that can receive, prints "open" and holds them until it is killed: for tests. */

import { createSocket } from 'node:dgram';
import { connect, createServer } from 'node:net';
import { libc } from '#host/ffi.ts';

const [folder = '.'] = process.argv.slice(2);
const must = (value: number): number => {
  if (value < 0) throw new Error('a socket could not be opened');
  return value;
};
const AF = { UNIX: 1, NETLINK: 16, PACKET: 17, INET: 2 };

const server = createServer().listen(4444, '0.0.0.0');
await new Promise((resolve) => server.once('listening', resolve));
createServer().listen(4446, '::1');
const bound = createSocket('udp4').bind(5300, '127.0.0.1');
await new Promise((resolve) => bound.once('listening', resolve));
const client = createSocket('udp4');
await new Promise((resolve) => client.send('x', 5300, '127.0.0.1', resolve));
connect(4444, '127.0.0.1');
createServer().listen(`${folder}/ssh-XXabCdEfGh.sock`);
createServer().listen('\0telltale-test-abstract');

const unix = (path: string): Buffer => Buffer.concat([Buffer.from([AF.UNIX, 0]), Buffer.from(path)]);
const datagram = must(libc.socket(AF.UNIX, 2, 0));
const name = unix(`${folder}/dgram.sock`);
must(libc.bind(datagram, name, name.length));
must(libc.bind(must(libc.socket(AF.UNIX, 2, 0)), Buffer.from([AF.UNIX, 0]), 2));
must(libc.socket(AF.INET, 3, 1));
must(libc.socket(AF.PACKET, 3, 0x0300));
const route = must(libc.socket(AF.NETLINK, 3, 0));
must(libc.bind(route, Buffer.concat([Buffer.from([AF.NETLINK, 0]), Buffer.alloc(10)]), 12));
process.stdout.write('open\n');
setInterval(() => undefined, 60_000);
