import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { isFailure, type RawSocket, type SocketSnapshot } from '#model/host.ts';
import { makeNetns, type Netns } from '#test/lab/netns.ts';
import { needsRoot } from '#test/lab/skip.ts';
import { openClock } from './clock.ts';
import { libc } from './ffi.ts';
import { openFiles } from './files.ts';
import { namespaceOf, openNamespaces } from './namespaces.ts';
import { inNamespace, inodeAt } from './netns.ts';
import { openNetwork } from './network.ts';
import { parseNet } from './sockdiag.ts';

const skip = needsRoot();
const signal = new AbortController().signal;
const open = (scope: 'all' | 'own' = 'all'): ReturnType<typeof openNetwork> =>
  openNetwork({
    files: openFiles(),
    clock: openClock(),
    scope,
    exposureOver: () => () => ({ answer: 'cannot tell', why: 'not asked here' }),
  });

/** One socket of each family that can receive, and one TCP connection, held until killed. Prints "ready". */
const HOLDER = `
import os, socket, sys, time
keep = []
def bound(family, kind, address, proto=0, listen=False):
    s = socket.socket(family, kind, proto); s.bind(address)
    if listen: s.listen(5)
    keep.append(s); return s
v4, v6, unix = socket.AF_INET, socket.AF_INET6, socket.AF_UNIX
t = bound(v4, socket.SOCK_STREAM, ('127.0.0.1', 8081), listen=True)
c = socket.create_connection(('127.0.0.1', 8081)); keep += [c, t.accept()[0]]
bound(v6, socket.SOCK_STREAM, ('::1', 8082), listen=True)
bound(v4, socket.SOCK_DGRAM, ('0.0.0.0', 5353))
bound(v6, socket.SOCK_DGRAM, ('::', 5354))
bound(v4, socket.SOCK_RAW, ('127.0.0.1', 0), 89)
bound(v6, socket.SOCK_RAW, ('::1', 0), 58)
bound(unix, socket.SOCK_STREAM, '\\0telltale-' + sys.argv[1] + '-stream', listen=True)
bound(unix, socket.SOCK_DGRAM, '\\0telltale-' + sys.argv[1] + '-dgram')
bound(unix, socket.SOCK_SEQPACKET, '\\0telltale-' + sys.argv[1] + '-seq', listen=True)
p = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0806)); p.bind(('lo', 0x0806)); keep.append(p)
import ctypes, struct
prog = ctypes.create_string_buffer(struct.pack('HBBI', 6, 0, 0, 0xffff)); 
p.setsockopt(socket.SOL_SOCKET, 26, struct.pack('HxxxxxxQ', 1, ctypes.addressof(prog)))
n = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0); n.bind((0, 1)); keep.append(n)
connected = socket.socket(v4, socket.SOCK_DGRAM); connected.connect(('127.0.0.1', 9)); keep.append(connected)
print('ready', flush=True)
time.sleep(1000)
`;

async function hold(net: Netns): Promise<number> {
  const child = net.spawn('/usr/bin/python3', ['-c', HOLDER, net.name]);
  child.stderr?.pipe(process.stderr);
  assert.ok(child.stdout);
  await once(child.stdout, 'data');
  return child.pid ?? 0;
}

const rowsOf = (snapshot: SocketSnapshot, namespace: number): (RawSocket & { owners: readonly number[] })[] =>
  Array.from({ length: snapshot.length }, (_, i) => ({ ...snapshot.at(i), owners: snapshot.ownersOf(i) })).filter(
    (row) => row.namespace === namespace,
  );

const shortOf = (row: RawSocket): string =>
  `${row.family} ${row.protocol} ${row.state} ${row.localAddress}${row.path} ${row.localPort || row.number}`;

test('snapshot() shows a listener of every family in another namespace, with its owner', { skip }, async () => {
  await using net = await makeNetns();
  const pid = await hold(net);
  const inode = namespaceOf(`/proc/${pid}/ns/net`);
  const network = open();
  const home = namespaceOf('/proc/thread-self/ns/net');
  const snapshot = await network.snapshot({ scope: 'all', what: 'receiving', signal });
  assert.equal(namespaceOf('/proc/thread-self/ns/net'), home);
  assert.deepEqual(
    snapshot.gaps.filter(({ what }) => what.includes(net.name)),
    [],
  );
  const rows = rowsOf(snapshot, inode);
  assert.deepEqual(rows.map(shortOf).sort(), [
    'inet raw UNCONN 127.0.0.1 89',
    'inet tcp LISTEN 127.0.0.1 8081',
    'inet udp UNCONN 0.0.0.0 5353',
    'inet6 raw UNCONN ::1 58',
    'inet6 tcp LISTEN ::1 8082',
    'inet6 udp UNCONN :: 5354',
    'netlink netlink UNCONN  0',
    'packet packet UNCONN  2054',
    `unix dgram UNCONN @telltale-${net.name}-dgram 0`,
    `unix seqpacket LISTEN @telltale-${net.name}-seq 0`,
    `unix stream LISTEN @telltale-${net.name}-stream 0`,
  ]);
  for (const row of rows) assert.deepEqual(row.owners, [pid], shortOf(row));
  const packet = rows.find(({ family }) => family === 'packet');
  assert.deepEqual([packet?.filterInstructions, packet?.interfaceIndex], [1, 1]);
  assert.equal(network.labelOf(inode), net.name);
});

test('snapshot() of everything shows connections too, and agrees with the text of /proc/net', { skip }, async () => {
  await using net = await makeNetns();
  const pid = await hold(net);
  const inode = namespaceOf(`/proc/${pid}/ns/net`);
  const rows = rowsOf(await open().snapshot({ scope: 'all', what: 'all', signal }), inode);
  assert.equal(rows.filter(({ protocol, state }) => protocol === 'tcp' && state === 'ESTAB').length, 2);
  const files = openFiles();
  const view = (row: Omit<RawSocket, 'namespace'>): string =>
    [
      row.protocol,
      row.family,
      row.state,
      row.localAddress,
      row.localPort,
      row.remotePort,
      row.path,
      row.number,
      row.inode,
    ].join(' ');
  for (const file of ['tcp', 'tcp6', 'udp', 'udp6', 'unix', 'packet', 'raw', 'raw6']) {
    const text = files.read(`/proc/${pid}/net/${file}`);
    assert.ok(!isFailure(text));
    const { rows: fromText, rejects } = parseNet(file, text.toString('latin1'));
    assert.deepEqual(rejects, [], file);
    const family = file === 'unix' ? 'unix' : file === 'packet' ? 'packet' : file.endsWith('6') ? 'inet6' : 'inet';
    const protocol = file.replace('6', '');
    const fromKernel = rows.filter((row) => row.family === family && (family === 'unix' || row.protocol === protocol));
    assert.deepEqual(fromText.map(view).sort(), fromKernel.map(view).sort(), file);
    assert.ok(fromText.length > 0, file);
  }
});

test('a namespace that is pinned without a process is seen, and is free to go afterwards', { skip }, async () => {
  const network = open();
  let name: string;
  let inode: number;
  {
    await using net = await makeNetns();
    name = net.name;
    const found = inodeAt(`/run/netns/${name}`);
    assert.ok(!isFailure(found));
    inode = found;
    const listed = network.namespaces('all').find((namespace) => namespace.inode === inode);
    assert.deepEqual(listed, { inode, label: name, pid: 0 });
    const snapshot = await network.snapshot({ scope: 'all', what: 'all', signal });
    assert.ok(rowsOf(snapshot, inode).some(({ family }) => family === 'netlink'));
    assert.deepEqual(network.ephemeralPorts(inode), [32768, 60999]);
    await net.run('/usr/sbin/sysctl', ['-qw', 'net.ipv4.ip_local_port_range=2000 3000']);
    assert.deepEqual(open().ephemeralPorts(inode), [2000, 3000]);
  }
  const after = await network.snapshot({ scope: 'all', what: 'all', signal });
  assert.deepEqual(rowsOf(after, inode), []);
  assert.deepEqual(
    after.gaps.filter(({ what }) => what.includes(name)),
    [],
  );
  assert.equal(network.labelOf(inode), name, 'events of it may still come');
});

test('in scope "own" only our namespace is there, and it is called "host"', async () => {
  const network = open('own');
  const own = namespaceOf('/proc/thread-self/ns/net');
  assert.deepEqual(
    network.namespaces('own').map(({ inode, label }) => [inode, label]),
    [[own, 'host']],
  );
  assert.equal(network.labelOf(1), 'namespace unknown');
  const snapshot = await network.snapshot({ scope: 'own', what: 'all', signal });
  for (let i = 0; i < snapshot.length; i++) assert.equal(snapshot.at(i).namespace, own);
  assert.throws(() => snapshot.at(snapshot.length), RangeError);
});

test('inNamespace() comes back also when what it does throws, and refuses another namespace and no namespace', {
  skip,
}, async () => {
  await using net = await makeNetns();
  const path = `/run/netns/${net.name}`;
  const inode = inodeAt(path);
  assert.ok(!isFailure(inode));
  const home = namespaceOf('/proc/thread-self/ns/net');
  assert.equal(
    inNamespace(path, inode, () => namespaceOf('/proc/thread-self/ns/net')),
    inode,
  );
  assert.throws(() => inNamespace(path, inode, () => assert.fail('inside')), /inside/);
  assert.equal(namespaceOf('/proc/thread-self/ns/net'), home);
  assert.deepEqual(
    inNamespace(path, 1, () => 0),
    { error: 'ESTALE', path },
  );
  assert.deepEqual(inodeAt('/etc/passwd'), { error: 'EINVAL', path: '/etc/passwd' });
});

test('our own sock_diag socket is not in the snapshot, another one is', async () => {
  const fd = libc.socket(16, 3, 4);
  const address = Buffer.alloc(12);
  address.writeUInt16LE(16, 0);
  libc.bind(fd, address, address.length);
  const snapshot = await open('own').snapshot({ scope: 'own', what: 'receiving', signal });
  const ours = rowsOf(snapshot, namespaceOf('/proc/self/ns/net')).filter(
    ({ family, number, owners }) => family === 'netlink' && number === 4 && owners.includes(process.pid),
  );
  libc.close(fd);
  assert.equal(ours.length, 1);
});

test('a namespace that was just made has its name at once, also with the number of one that is gone', {
  skip,
}, async () => {
  const network = open();
  network.namespaces('all');
  for (let count = 0; count < 10; count += 1) {
    await using net = await makeNetns();
    const inode = inodeAt(`/run/netns/${net.name}`);
    assert.ok(!isFailure(inode));
    assert.equal(network.labelOf(inode), net.name);
  }
});

test('whoever asks for thousands of namespaces that are not there makes us look for a few of them only', () => {
  let looks = 0;
  const files = openFiles();
  const counted = { ...files, list: (path: string) => ((looks += 1), files.list(path)) };
  const namespaces = openNamespaces(counted, () => 1000, 'all');
  for (let inode = 1; inode <= 2000; inode += 1) assert.equal(namespaces.labelOf(inode), 'namespace unknown');
  assert.ok(looks <= 20, `${looks} looks`);
});

test('the kernel tells which UDP ports were bound by number, in another namespace too', { skip }, async () => {
  await using net = await makeNetns();
  const script = `
import socket, sys, time
keep = []
for family, address, port in ((2, '0.0.0.0', 40123), (2, '0.0.0.0', 0), (10, '::', 40124), (10, '::', 0), (2, '0.0.0.0', 5399)):
    s = socket.socket(family, 2); s.bind((address, port)); keep.append(s)
c = socket.socket(2, 2); c.sendto(b'', ('127.0.0.1', 9)); keep.append(c)
print('ready', flush=True); time.sleep(1000)`;
  const child = net.spawn('/usr/bin/python3', ['-c', script]);
  assert.ok(child.stdout);
  await once(child.stdout, 'data');
  const network = open();
  const inode = inodeAt(`/run/netns/${net.name}`);
  assert.ok(!isFailure(inode));
  const snapshot = await network.snapshot({ scope: 'all', what: 'receiving', signal });
  const bound = await network.boundByNumber?.(inode, 32_768);
  assert.ok(bound !== undefined && !isFailure(bound));
  const udp = rowsOf(snapshot, inode).filter((socket) => socket.protocol === 'udp');
  assert.deepEqual(
    [udp.length, udp.filter((socket) => bound.has(socket.inode)).map(({ localPort }) => localPort)],
    [6, [40_123, 40_124]],
  );
});
