import assert from 'node:assert/strict';
import { chmod, copyFile, mkdir, realpath, rmdir, unlink, writeFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import type { KernelEvent } from '#model/host.ts';
import { watchKernel } from '#test/lab/kernel-watch.ts';
import { makeNetns, type Netns } from '#test/lab/netns.ts';
import { needsRoot } from '#test/lab/skip.ts';
import { makeTemp } from '#test/lab/temp.ts';
import { cgroupRoot } from './bpf.ts';

const PERL = '/usr/bin/perl';
/** Opens `count` TCP listeners on 127.0.0.1 from port `first`, each for some seconds. */
const opens = (first: number, count: number, seconds: number): string =>
  `for my $p (${first}..${first + count - 1}) { socket(my $s,AF_INET,SOCK_STREAM,0); setsockopt($s,SOL_SOCKET,SO_REUSEADDR,1); ` +
  `bind($s,sockaddr_in($p,inet_aton("127.0.0.1")))||die "$!"; listen($s,5)||die; ` +
  `${seconds > 0 ? `select(undef,undef,undef,${seconds});` : ''} close($s) }`;

async function namespaceOf(net: Netns): Promise<number> {
  const { stdout } = await net.run('/usr/bin/readlink', ['/proc/self/ns/net']);
  return Number(/\d+/.exec(stdout)?.[0]);
}

/** Events of this namespace and kind, or whose namespace is unknown. */
function of(
  events: readonly KernelEvent[],
  kind: KernelEvent['kind'],
  ports: readonly [number, number],
): KernelEvent[] {
  return events.filter((event) => event.kind === kind && event.port >= ports[0] && event.port <= ports[1]);
}

describe('openKernelEvents()', { skip: needsRoot(), concurrency: false }, () => {
  test('names program, port and namespace of 300 listeners that live 5 ms each', async () => {
    await using net = await makeNetns();
    await using watch = await watchKernel();
    const ran = await net.run(PERL, ['-MSocket=:all', '-e', opens(21_000, 300, 0.005)]);
    assert.equal(ran.code, 0, ran.stderr);
    await watch.until((events) => of(events, 'unlisten', [21_000, 21_299]).length === 300);
    const heard = of(watch.events, 'listen', [21_000, 21_299]);
    assert.deepEqual(
      heard.map(({ port }) => port),
      Array.from({ length: 300 }, (_, index) => 21_000 + index),
    );
    const namespace = await namespaceOf(net);
    for (const event of heard) {
      assert.deepEqual(
        [event.process?.exe, event.process?.asStarted, event.namespace, event.protocol, event.address],
        [PERL, false, namespace, 'tcp', '127.0.0.1'],
      );
    }
    assert.equal(watch.kernel.lost(), 0);
  });

  test('names programs that start, listen and end at once', async () => {
    await using net = await makeNetns();
    await using watch = await watchKernel();
    const one = (port: number): string => `${PERL} -MSocket=:all -e '${opens(port, 1, 0)}'`;
    const script = Array.from({ length: 40 }, (_, index) => one(22_000 + index)).join('; ');
    const ran = await net.run('/bin/sh', ['-c', script]);
    assert.equal(ran.code, 0, ran.stderr);
    await watch.until((events) => of(events, 'unlisten', [22_000, 22_039]).length === 40);
    const heard = of(watch.events, 'listen', [22_000, 22_039]);
    assert.deepEqual(
      heard.map(({ process }) => process?.exe),
      Array(40).fill(PERL),
    );
    assert.equal(new Set(heard.map(({ pid }) => pid)).size, 40);
    const namespace = await namespaceOf(net);
    assert.deepEqual(
      heard.filter((event) => event.namespace !== namespace),
      [],
    );
  });

  test('sees through relative paths, scripts, descriptors, deleted and in-memory programs', async () => {
    await using net = await makeNetns();
    await using temp = await makeTemp();
    await using watch = await watchKernel();
    const body = (port: number): string => opens(port, 1, 0.1);
    await writeFile(`${temp.path}/script`, `#!${PERL}\nuse Socket qw(:all);\n${body(23_001)}`);
    await chmod(`${temp.path}/script`, 0o755);
    await copyFile(PERL, `${temp.path}/gone`);
    const runs = [
      `cd /usr/bin && ./perl -MSocket=:all -e '${body(23_000)}'`,
      `${temp.path}/script`,
      `exec 3<${PERL}; /proc/self/fd/3 -MSocket=:all -e '${body(23_002)}'`,
    ];
    for (const run of runs) assert.equal((await net.run('/bin/sh', ['-c', run])).stderr, '');
    const gone = net.spawn(`${temp.path}/gone`, [
      '-MSocket=:all',
      '-e',
      `select(undef,undef,undef,0.3); ${body(23_003)}`,
    ]);
    await watch.until((events) =>
      events.some((event) => event.kind === 'exec' && event.process?.exe === `${temp.path}/gone`),
    );
    await unlink(`${temp.path}/gone`);
    const memory =
      `my $n="m"; my $f=syscall(${process.arch === 'arm64' ? 279 : 319},$n,0); open(my $o,">&=",$f); binmode $o; ` +
      `open(my $i,"<","${PERL}"); binmode $i; local $/; my $d=<$i>; print $o $d; $o->flush; ` +
      `exec {"/proc/self/fd/$f"} "quiet","-MSocket=:all","-e",'${body(23_004)}'`;
    assert.equal((await net.run(PERL, ['-MIO::Handle', '-e', memory])).stderr, '');
    await watch.until((events) => of(events, 'unlisten', [23_000, 23_004]).length === 5);
    const heard = of(watch.events, 'listen', [23_000, 23_004]);
    const byPort = heard.map(({ port, process }) => [port, process?.exe, process?.exeState, process?.asStarted]);
    assert.deepEqual(
      byPort.toSorted(([a], [b]) => Number(a) - Number(b)),
      [
        [23_000, PERL, 'present', false],
        [23_001, PERL, 'present', false],
        [23_002, PERL, 'present', false],
        [23_003, `${temp.path}/gone`, 'deleted', false],
        [23_004, '/memfd:m', 'memory', false],
      ],
    );
    assert.match(heard.find(({ port }) => port === 23_001)?.process?.cmdline ?? '', /script$/);
    gone.kill();
  });

  test('names the program of a process whose first thread has ended, so that it looks like a zombie', async () => {
    await using net = await makeNetns();
    await using watch = await watchKernel();
    const python = await realpath('/usr/bin/python3');
    const exit = process.arch === 'arm64' ? 93 : 60;
    const script =
      'import threading,time,socket,os,ctypes\ndef run():\n time.sleep(0.2)\n s=socket.socket();s.bind(("127.0.0.1",24500));' +
      `s.listen();time.sleep(0.2);os._exit(0)\nthreading.Thread(target=run).start()\nctypes.CDLL(None).syscall(${exit},0)`;
    const child = net.spawn(python, ['-c', script]);
    await watch.until((events) => of(events, 'listen', [24_500, 24_500]).length > 0);
    const [event] = of(watch.events, 'listen', [24_500, 24_500]);
    assert.deepEqual([event?.pid, event?.process?.exe, event?.process?.asStarted], [child.pid, python, false]);
    assert.equal(event?.namespace, await namespaceOf(net));
  });

  test('is not bothered by the connections that a listener takes', async () => {
    await using net = await makeNetns();
    await using watch = await watchKernel();
    const script =
      'socket(my $s,AF_INET,SOCK_STREAM,0); my $a=sockaddr_in(24000,inet_aton("127.0.0.1")); bind($s,$a)||die; listen($s,5);' +
      'for(1..50){socket(my $c,AF_INET,SOCK_STREAM,0);connect($c,$a)||die;accept(my $d,$s)||die;close($c);close($d)} close($s)';
    assert.equal((await net.run(PERL, ['-MSocket=:all', '-e', script])).stderr, '');
    await watch.until((events) => of(events, 'unlisten', [24_000, 24_000]).length > 0);
    const namespace = await namespaceOf(net);
    const heard = watch.events.filter(
      (event) => event.port === 24_000 || (event.kind === 'bind' && event.namespace === namespace),
    );
    assert.deepEqual(
      heard.map(({ kind }) => kind),
      ['bind', 'listen', 'unlisten'],
    );
  });

  test('says that packet and raw sockets are made, and nothing of those that only send or that speak UDP', async () => {
    await using net = await makeNetns();
    await using watch = await watchKernel();
    const namespace = await namespaceOf(net);
    const heard = (kind: KernelEvent['kind']): number =>
      watch.events.filter((event) => event.kind === kind && event.namespace === namespace).length;
    // Unix, UDP, TCP, vsock, IPPROTO_RAW, netlink; then what is told, and a listener whose end says that all of it was read.
    const quiet =
      'socket($_,1,2,0); socket($_,2,2,0); socket($_,10,1,0); socket($_,40,1,0); socket($_,2,3,255); socket($_,16,3,0);';
    const told = [
      '',
      'socket($_,17,3,0x0300);',
      'socket($_,17,2,0);',
      'socket($_,2,3,1);',
      'socket($_,10,3|0x80800,58);',
    ];
    for (const [count, made] of told.entries()) {
      const script = `${quiet}${made} socket(my $l,2,1,0); listen($l,5); select(undef,undef,undef,0.2);`;
      assert.equal((await net.run(PERL, ['-e', script])).stderr, '');
      await watch.until(() => heard('unlisten') > count);
      assert.equal(heard('bind'), count, made);
    }
  });

  test('tells of UDP sockets that are gone at once, with address, where eBPF is attached', async () => {
    const root = cgroupRoot();
    assert.ok(root, 'no cgroup hierarchy of version 2 is mounted');
    const cgroup = `${root}/telltale-test-${process.pid}`;
    await mkdir(cgroup);
    try {
      await using net = await makeNetns();
      await using watch = await watchKernel({ cgroup });
      assert.deepEqual([watch.kernel.by, watch.kernel.tellsShortLivedUdp], ['tracefs and eBPF', true]);
      const script =
        `open(my $g,">","${cgroup}/cgroup.procs"); print $g $$; close $g;` +
        'for my $p (25000..25099) { socket(my $s,AF_INET,SOCK_DGRAM,0); bind($s,sockaddr_in($p,inet_aton("127.0.0.1")))||die; close($s) }' +
        'socket(my $s,AF_INET6,SOCK_DGRAM,0); bind($s,pack_sockaddr_in6(25100,inet_pton(AF_INET6,"::1")))||die; close($s);' +
        // The sockets are gone at once; the process stays, so that a busy machine still finds its namespace.
        'select(undef,undef,undef,2);';
      assert.equal((await net.run(PERL, ['-MSocket=:all', '-e', script])).stderr, '');
      await watch.until((events) => of(events, 'bind', [25_000, 25_100]).length === 101);
      const namespace = await namespaceOf(net);
      const heard = of(watch.events, 'bind', [25_000, 25_100]);
      assert.deepEqual(
        heard.filter((event) => event.process?.exe !== PERL || event.namespace !== namespace),
        [],
      );
      assert.deepEqual(
        new Set(heard.map(({ family, protocol, address }) => `${family} ${protocol} ${address}`)),
        new Set(['inet udp 127.0.0.1', 'inet6 udp ::1']),
      );
      // The bind calls themselves are not told a second time.
      const plain = watch.events.filter(
        (event) => event.kind === 'bind' && event.protocol === '' && event.namespace === namespace,
      );
      assert.deepEqual(plain, []);
      assert.equal(watch.kernel.lost(), 0);
    } finally {
      await rmdir(cgroup);
    }
  });

  test('by eBPF alone tells of UDP, and asks for a look where TCP was bound', async () => {
    const cgroup = `${cgroupRoot()}/telltale-test-${process.pid}`;
    await mkdir(cgroup);
    try {
      await using net = await makeNetns();
      await using watch = await watchKernel({ cgroup, allow: ['eBPF'] });
      assert.deepEqual(
        [watch.kernel.by, watch.kernel.gaps.map(({ what }) => what)],
        ['eBPF', ['short-lived listeners', 'short-lived processes']],
      );
      const script =
        `open(my $g,">","${cgroup}/cgroup.procs"); print $g $$; close $g; my $a=sockaddr_in(25200,inet_aton("127.0.0.1"));` +
        'socket(my $t,AF_INET,SOCK_STREAM,0); bind($t,$a)||die; socket(my $u,AF_INET,SOCK_DGRAM,0); bind($u,$a)||die;' +
        'select(undef,undef,undef,0.2)';
      assert.equal((await net.run(PERL, ['-MSocket=:all', '-e', script])).stderr, '');
      await watch.until((events) => of(events, 'bind', [25_200, 25_200]).length === 1);
      const namespace = await namespaceOf(net);
      const heard = watch.events.filter((event) => event.namespace === namespace);
      assert.deepEqual(
        heard.map(({ protocol, port, process }) => [protocol, port, process?.exe]),
        [
          ['', 0, PERL],
          ['udp', 25_200, PERL],
        ],
      );
    } finally {
      await rmdir(cgroup);
    }
  });

  test('reports what was lost while the loop stood still, and wakes its reader', async () => {
    await using net = await makeNetns();
    await using watch = await watchKernel({ bufferKb: 16 });
    const child = net.spawn(PERL, ['-MSocket=:all', '-e', `select(undef,undef,undef,0.2); ${opens(26_000, 4000, 0)}`]);
    await watch.until((events) => events.some((event) => event.kind === 'exec' && event.pid === child.pid));
    const end = performance.now() + 1500;
    while (performance.now() < end) Math.sqrt(end);
    await watch.until(() => watch.kernel.lost() > 0);
    const heard = of(watch.events, 'listen', [26_000, 29_999]).length;
    assert.ok(heard < 4000 && heard + watch.kernel.lost() >= 4000, `${heard} heard, ${watch.kernel.lost()} lost`);
  });

  test('falls back to the process connector, then to asking again and again, and says what is not seen', async () => {
    await using connector = await watchKernel({ allow: ['proc connector'] });
    assert.equal(connector.kernel.by, 'proc connector');
    await using net = await makeNetns();
    const child = net.spawn('/bin/sleep', ['0.2']);
    await connector.until((events) => events.some((event) => event.kind === 'exec' && event.pid === child.pid));
    await connector.until((events) => events.some((event) => event.kind === 'exit' && event.pid === child.pid));
    assert.deepEqual(
      connector.kernel.gaps.map(({ what }) => what),
      ['short-lived listeners', 'short-lived UDP sockets'],
    );
    await using polling = await watchKernel({ allow: [] });
    assert.equal(polling.kernel.by, 'polling');
    await polling.until((events) => events.some(({ kind, protocol }) => kind === 'bind' && protocol === ''));
  });

  test('keeps processes known after their end, with parents', async () => {
    await using watch = await watchKernel();
    await using net = await makeNetns();
    const ran = await net.run('/bin/sh', ['-c', `${PERL} -MSocket=:all -e '${opens(27_000, 1, 0.05)}'; exit 0`]);
    assert.equal(ran.code, 0, ran.stderr);
    await watch.until((events) => of(events, 'unlisten', [27_000, 27_000]).length === 1);
    const [event] = of(watch.events, 'listen', [27_000, 27_000]);
    assert.ok(event);
    await watch.until((events) => events.some(({ kind, pid }) => kind === 'exit' && pid === event.process?.parentPid));
    const remembered = watch.processes.get(event.pid);
    assert.deepEqual([remembered?.exe, remembered?.startTicks], [PERL, event.process?.startTicks]);
    assert.match(watch.processes.parents(event.pid, 8)[0]?.exe ?? '', /sh$/);
  });
});
