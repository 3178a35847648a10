/** Real scanners against a real kernel: every kind is told once and named, and nothing harmless is told. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ScanRow } from '#sensors/scan-table.ts';
import { makeStand, type Stand } from '../lab/scan-stand.ts';
import { needsRoot } from '../lab/skip.ts';
import type { Neighbour } from '../lab/star.ts';

const NMAP = '/usr/bin/nmap';
const PYTHON = '/usr/bin/python3';
const HPING = '/usr/sbin/hping3';
/** Scanners at a time: two cores are enough for them. */
const AT_ONCE = 4;

interface Attack {
  readonly name: string;
  readonly kind: string;
  /** Runs against this target. */
  readonly run: (from: Neighbour) => Promise<unknown>;
  /** 4 unless said otherwise. */
  readonly family?: 4 | 6;
  readonly form?: string;
}

const nmap =
  (...options: string[]) =>
  (from: Neighbour): Promise<unknown> =>
    from.net.run(NMAP, ['-n', '-Pn', '--max-retries', '1', ...options, from.target4]);
const nmap6 =
  (...options: string[]) =>
  (from: Neighbour): Promise<unknown> =>
    from.net.run(NMAP, ['-6', '-n', '-Pn', '--max-retries', '1', ...options, from.target6]);
const python =
  (text: string) =>
  (from: Neighbour): Promise<unknown> =>
    from.net.run(PYTHON, ['-c', `import socket,time\nT="${from.target4}"\nME="${from.v4}"\n${text}`]);

const ports = ['-p', '1-30'];

const attacks: readonly Attack[] = [
  { name: 'five ports', kind: 'syn', run: nmap('-sS', '-p', '22,23,80,443,3389') },
  { name: 'SYN scan', kind: 'syn', run: nmap('-sS', ...ports) },
  { name: 'connect scan', kind: 'connect', run: nmap('-sT', ...ports) },
  { name: 'connect scan of five ports', kind: 'connect', run: nmap('-sT', '-p', '22,23,80,443,3389') },
  { name: 'FIN scan', kind: 'fin', run: nmap('-sF', ...ports) },
  { name: 'NULL scan', kind: 'null', run: nmap('-sN', ...ports) },
  { name: 'Xmas scan', kind: 'xmas', run: nmap('-sX', ...ports) },
  { name: 'ACK scan', kind: 'ack', run: nmap('-sA', ...ports) },
  { name: 'window scan', kind: 'ack', run: nmap('-sW', ...ports) },
  { name: 'Maimon scan', kind: 'maimon', run: nmap('-sM', ...ports) },
  { name: 'odd flags', kind: 'odd', run: nmap('--scanflags', 'SYNFIN', ...ports) },
  { name: 'UDP scan', kind: 'udp', run: nmap('-sU', '-p', '1-12') },
  { name: 'IP protocol scan', kind: 'protocol', run: nmap('-sO', '-p', '60-80') },
  { name: 'SCTP INIT scan', kind: 'sctp', run: nmap('-sY', '-p', '1-12') },
  { name: 'SCTP COOKIE-ECHO scan', kind: 'sctp-cookie', run: nmap('-sZ', '-p', '1-12') },
  { name: 'tiny fragments', kind: 'fragments', run: nmap('-sS', '-f', ...ports) },
  { name: 'IP options', kind: 'options', run: nmap('-sS', '--ip-options', 'R', ...ports) },
  { name: 'wrong checksums', kind: 'badsum', run: nmap('-sS', '--badsum', '-p', '1-8') },
  { name: 'OS detection', kind: 'os', run: nmap('-O', '--max-os-tries', '1', '-p', '22,23') },
  { name: 'version probing', kind: 'version', run: nmap('-sV', '--version-intensity', '0', '-p', '22,80,81,82') },
  {
    name: 'ICMP timestamp',
    kind: 'timestamp',
    run: (from) => from.net.run(NMAP, ['-n', '-sn', '-PP', '--disable-arp-ping', from.target4]),
  },
  {
    name: 'ICMP address mask',
    kind: 'mask',
    run: (from) => from.net.run(NMAP, ['-n', '-sn', '-PM', '--disable-arp-ping', from.target4]),
  },
  {
    name: 'ping sweep',
    kind: 'ping',
    run: (from) =>
      from.net.run(NMAP, ['-n', '-sn', '-PE', '--disable-arp-ping', '10.9.1.1', '10.9.2.1', '10.9.3.1', '10.9.4.1']),
  },
  {
    name: 'sweep of one port',
    kind: 'sweep',
    run: (from) => from.net.run(NMAP, ['-n', '-Pn', '-sS', '-p', '23', '10.9.1-6.1']),
  },
  {
    name: 'decoys',
    kind: 'decoys',
    form: 'decoys',
    run: (from) => {
      const network = from.v4.replace(/\.2$/, '');
      return from.net.run(NMAP, [
        '-n',
        '-Pn',
        '-D',
        `${network}.50,${network}.51,ME,${network}.52`,
        ...ports,
        from.target4,
      ]);
    },
  },
  {
    name: 'hping3 with Xmas flags',
    kind: 'xmas',
    run: (from) => from.net.run(HPING, ['-F', '-P', '-U', '-c', '8', '-i', 'u20000', '-p', '++20', from.target4]),
  },
  {
    name: 'masscan',
    kind: 'syn',
    run: async (from) => {
      await from.net.run('/usr/bin/ping', ['-c', '1', from.target4]);
      const { stdout } = await from.net.run('/usr/sbin/ip', ['neigh', 'show', from.target4]);
      const mac = /lladdr (\S+)/.exec(stdout)?.[1] ?? '';
      const wire = ['-e', from.device, '--adapter-ip', from.v4, '--router-mac', mac.replaceAll(':', '-')];
      return await from.net.run('/usr/bin/masscan', ['-p1-40', from.target4, '--rate', '400', '--wait', '0', ...wire]);
    },
  },
  { name: 'SYN scan over IPv6', kind: 'syn', family: 6, run: nmap6('-sS', ...ports) },
  { name: 'connect scan over IPv6', kind: 'connect', family: 6, run: nmap6('-sT', ...ports) },
  { name: 'FIN scan over IPv6', kind: 'fin', family: 6, run: nmap6('-sF', ...ports) },
  { name: 'NULL scan over IPv6', kind: 'null', family: 6, run: nmap6('-sN', ...ports) },
  { name: 'Xmas scan over IPv6', kind: 'xmas', family: 6, run: nmap6('-sX', ...ports) },
  { name: 'ACK scan over IPv6', kind: 'ack', family: 6, run: nmap6('-sA', ...ports) },
  { name: 'UDP scan over IPv6', kind: 'udp', family: 6, run: nmap6('-sU', '-p', '1-12') },
  { name: 'IP protocol scan over IPv6', kind: 'protocol', family: 6, run: nmap6('-sO', '-p', '60-80') },
  { name: 'OS detection over IPv6', kind: 'os', family: 6, run: nmap6('-O', '--max-os-tries', '1', '-p', '22,23') },
  {
    name: 'changing addresses of one /64',
    kind: 'rotation',
    family: 6,
    run: async (from) => {
      const network = from.v6.replace(/2$/, '');
      for (let at = 0x10; at < 0x18; at += 1) {
        const address = `${network}${at.toString(16)}`;
        await from.net.run('/usr/sbin/ip', ['addr', 'add', `${address}/64`, 'dev', from.device, 'nodad']);
        const script = `import socket\ns=socket.socket(socket.AF_INET6)\ns.bind(("${address}",0))\ns.connect_ex(("${from.target6}",${1000 + at}))`;
        await from.net.run(PYTHON, ['-c', script]);
      }
    },
  },
];

const closed = 'def no(p):\n s=socket.socket()\n s.settimeout(2)\n s.connect_ex((T,p))\n s.close()\n';

const harmless: readonly {
  readonly name: string;
  readonly run: (from: Neighbour, stand: Stand) => Promise<unknown>;
}[] = [
  { name: 'a stray connection', run: python(`${closed}no(8081)`) },
  { name: 'a forgotten https://', run: python(`${closed}no(80)\nno(443)\nno(80)\nno(443)`) },
  { name: 'a mail client', run: python(`${closed}[no(p) for p in (143,993,465,587,110,995)]`) },
  { name: 'sixty retries', run: python(`${closed}[no(4100) for _ in range(60)]`) },
  { name: 'a knock of four ports', run: python(`${closed}[no(p) for p in (7000,8001,9000,7500)]\nno(22)`) },
  { name: 'pings', run: (from) => from.net.run('/usr/bin/ping', ['-c', '5', '-i', '0.2', from.target4]) },
  {
    name: 'traceroute',
    run: python(
      's=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\nfor n in range(30):\n s.setsockopt(0,2,1+n//3)\n s.sendto(b"x"*32,(T,33434+n))\n time.sleep(.01)',
    ),
  },
  {
    name: 'late answers of DNS',
    run: python(
      's=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\ns.bind((ME,53))\nfor n in range(20):\n s.sendto(b"x"*60,(T,41000+n*37))',
    ),
  },
  {
    name: 'late answers by UDP',
    run: python(
      's=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\ns.bind((ME,5060))\nfor n in range(15):\n s.sendto(b"x"*60,(T,45000+n*37))',
    ),
  },
  {
    name: 'late answers by TCP',
    run: (from) =>
      from.net.run(HPING, ['-A', '-s', '443', '-k', '-c', '12', '-i', 'u10000', '-p', '++40000', from.target4]),
  },
  {
    name: 'a crowd at one closed port',
    run: async (from) => {
      const network = from.v4.replace(/2$/, '');
      for (let at = 100; at < 140; at += 1)
        await from.net.run('/usr/sbin/ip', ['addr', 'add', `${network}${at}/24`, 'dev', from.device]);
      await python(
        `for n in range(100,140):\n for again in range(3):\n  s=socket.socket()\n  s.bind((ME[:-1]+str(n),0))\n  s.connect_ex((T,8088))\n  s.close()`,
      )(from);
    },
  },
  {
    name: 'active FTP',
    run: async (from, { star }) => {
      const server = from.net.run(PYTHON, [
        '-c',
        `import socket\nl=socket.socket()\nl.setsockopt(1,2,1)\nl.bind(("${from.v4}",21))\nl.listen(9)\nl.settimeout(8)\nc,a=l.accept()\nfor p in c.recv(200).split(b","):\n s=socket.socket()\n s.settimeout(1)\n s.connect_ex((a[0],int(p)))\n s.close()`,
      ]);
      await sleep(300);
      const client =
        `import socket,time\nc=socket.socket()\nc.connect(("${from.v4}",21))\nls=[]\nps=[]\n` +
        'for n in range(8):\n l=socket.socket()\n l.bind(("",0))\n l.listen(1)\n ls.append(l)\n ps.append(l.getsockname()[1])\n' +
        '[l.close() for l in ls[5:]]\nc.send(b",".join(str(p).encode() for p in ps))\ntime.sleep(1)';
      await star.middle.run(PYTHON, ['-c', client]);
      await server;
    },
  },
  {
    name: 'what we ask ourselves',
    run: (from, { star }) =>
      star.middle.run(PYTHON, [
        '-c',
        `import socket\nfor p in (1,2,3,4,5,6,7,9):\n s=socket.socket()\n s.settimeout(1)\n s.connect_ex(("${from.v4}",p))\n s.close()`,
      ]),
  },
  {
    name: 'a scan of ourselves',
    run: (from, { star }) => star.middle.run(NMAP, ['-n', '-Pn', '-sT', '-p', '1-50', '127.0.0.1', from.target4]),
  },
  { name: 'a customer', run: python(`${closed}[no(p) for p in (80,22)*20]\nno(443)\nno(8080)\nno(3000)\nno(5000)`) },
];

async function inTurns<T>(all: readonly T[], act: (one: T) => Promise<unknown>): Promise<void> {
  const rest = all.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const one of rest) await act(one);
    }),
  );
}

/** What is wrong about how one attack was told. */
function faultsOf(
  { name, kind, family = 4, form = 'scan' }: Attack,
  from: Neighbour,
  seen: { readonly told: Stand['told']; readonly rows: readonly ScanRow[] },
): string[] {
  const mine = (row: ScanRow): boolean =>
    row.addresses.some((address) => (family === 4 ? address === from.v4 : address.startsWith(from.v6.slice(0, -1))));
  const count = seen.told.filter(({ row }) => mine(row)).length;
  const now = seen.rows.find(mine);
  const faults = count === 1 ? [] : [`${name}: told ${count} times`];
  if (now?.kind !== kind) faults.push(`${name}: named ${now?.kind}, not ${kind}`);
  if (now !== undefined && now.form !== form) faults.push(`${name}: form ${now.form}`);
  return faults;
}

/** By both senses: what hears must make no difference. */
const senses = ['ring', 'log'] as const;

for (const sense of senses)
  test(`every kind of scan is told once, and named (${sense})`, { skip: needsRoot(), timeout: 240_000 }, async () => {
    await using stand = await makeStand(attacks.length, 60_000, sense);
    const places = new Map(attacks.map((attack, index) => [attack, stand.neighbours[index] as Neighbour]));
    await inTurns([...places], ([attack, from]) => attack.run(from));
    await sleep(600);
    const { rows } = await stand.rows();
    const wrong = [...places].flatMap(([attack, from]) => faultsOf(attack, from, { told: stand.told, rows }));
    assert.deepEqual(wrong, []);
    const of = (name: string): ScanRow => {
      const place = [...places].find(([attack]) => attack.name === name);
      const row = rows.find(({ addresses }) => addresses.includes(place?.[1].v4 ?? ''));
      assert.ok(row !== undefined);
      return row;
    };
    assert.deepEqual(of('five ports').learned, ['22', '80']);
    assert.equal(of('five ports').verdict, 'alive');
    assert.equal(of('connect scan').verdict, 'confirmed');
    assert.equal(of('wrong checksums').verdict, 'forged');
    assert.equal(
      of('decoys').likely,
      of('decoys').addresses.find((address) => address.endsWith('.2')),
    );
    assert.equal(of('decoys').addresses.length, 4);
    assert.equal(stand.told.length, attacks.length, 'something else was told');
  });

for (const sense of senses)
  test(`what is harmless is not told (${sense})`, { skip: needsRoot(), timeout: 120_000 }, async () => {
    await using stand = await makeStand(harmless.length + 1, 60_000, sense);
    const places = harmless.map((pattern, index) => [pattern, stand.neighbours[index] as Neighbour] as const);
    await inTurns(places, ([pattern, from]) => pattern.run(from, stand));
    await sleep(600);
    const names = stand.told.map(({ row }) => {
      const pattern = places.find(([, from]) =>
        row.addresses.some((address) => address.startsWith(from.v4.slice(0, -1))),
      );
      return `${pattern?.[0].name}: ${row.form} ${row.kind} ${row.source} ${row.score} ${row.ports}`;
    });
    assert.deepEqual(names, []);
    // The watch was not simply deaf.
    await nmap('-sS', '-p', '1-10')(stand.neighbours[harmless.length] as Neighbour);
    await sleep(600);
    assert.equal(stand.told.length, 1);
  });

test('a scan that goes out names the program, and what is accepted is none', {
  skip: needsRoot(),
  timeout: 60_000,
}, async () => {
  await using stand = await makeStand(2, 60_000, 'traced');
  const [victim, friend] = stand.neighbours as [Neighbour, Neighbour];
  const serve = `import socket,time\nls=[]\nfor p in range(3000,3040):\n l=socket.socket()\n l.bind(("",p))\n l.listen(5)\n ls.append(l)\nprint("open",flush=True)\ntime.sleep(50)`;
  const server = friend.net.spawn(PYTHON, ['-c', serve]);
  await new Promise((open) => server.stdout?.once('data', open));
  await stand.star.middle.run(NMAP, ['-n', '-Pn', '-sT', '-p', '3000-3039', friend.v4]);
  // Ports that do not answer keep the scanner busy long enough to be found.
  await victim.net.run('/usr/sbin/nft', ['add', 'table', 'inet', 'quiet']);
  await victim.net.run('/usr/sbin/nft', [
    'add',
    'chain',
    'inet',
    'quiet',
    'in',
    '{ type filter hook input priority 0; policy drop; }',
  ]);
  await stand.star.middle.run(NMAP, ['-n', '-Pn', '-sT', '--max-retries', '2', '-p', '1-60', victim.v4]);
  await sleep(500);
  assert.deepEqual(
    stand.told.map(({ row }) => [row.form, row.exe, row.targets]),
    [['outbound', NMAP, [victim.v4]]],
  );
});

// A connect scan whose ports all refuse at once leaves nothing behind: one that lasts a third of a second is found.
for (const [kind, ...rate] of [['-sT', '--max-rate', '3000'], ['-sS']] as const)
  test(`a fast scan that goes out (${kind}) names the program, although that is gone when it is told`, {
    skip: needsRoot(),
    timeout: 60_000,
  }, async () => {
    await using stand = await makeStand(1, 60_000, 'traced');
    const [victim] = stand.neighbours as [Neighbour];
    await stand.star.middle.run(NMAP, ['-n', '-Pn', kind, ...rate, '-p', '1-1000', victim.v4]);
    await sleep(3000);
    assert.deepEqual(
      stand.told.map(({ row }) => [row.form, row.exe, row.targets]),
      [['outbound', NMAP, [victim.v4]]],
    );
  });
