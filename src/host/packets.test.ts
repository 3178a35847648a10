import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import test from 'node:test';
import * as fc from 'fast-check';
import { runFilter as runs } from '#test/lab/classic-bpf.ts';
import type { Netns } from '#test/lab/netns.ts';
import { until } from '#test/lab/site.ts';
import { needsRoot } from '#test/lab/skip.ts';
import { makeStar } from '#test/lab/star.ts';
import { packetFilter } from './packet-filter-program.ts';

const HEAR = resolve(import.meta.dirname, '../../test/lab/hear-packets.ts');
const PYTHON = '/usr/bin/python3';

const inbound = { type: 0, protocol: 0x800, index: 2 };

test('data of connections stays in the kernel; what opens, ends or belongs to nothing does not', () => {
  const program = packetFilter({ hushed: [443], ephemeral: [32_768, 60_999] });
  const tcp = (flags: number): Buffer => {
    const packet = Buffer.alloc(52);
    packet.writeUInt8(0x45, 0);
    packet.writeUInt16BE(1500, 2);
    packet.writeUInt8(6, 9);
    packet.writeUInt8(flags, 33);
    return packet;
  };
  for (let flags = 0; flags < 256; flags += 1) {
    const plain = (flags & 0x10) !== 0 && (flags & 0x07) === 0;
    assert.equal(runs(program, tcp(flags), inbound) === 0, plain, `flags ${flags}`);
  }
  assert.equal(runs(program, tcp(2), { ...inbound, type: 3 }), 0, 'for another machine');
  assert.equal(runs(program, tcp(2), { ...inbound, index: 1 }), 0, 'loopback');
  assert.equal(runs(program, tcp(0x11), { ...inbound, type: 4 }), 0, 'the end of a connection that we end');
  assert.notEqual(runs(program, tcp(0x14), { ...inbound, type: 4 }), 0, 'our answer to a closed port');
  const udp = (from: number, to: number): Buffer => {
    const packet = tcp(0);
    packet.writeUInt8(17, 9);
    packet.writeUInt16BE(from, 20);
    packet.writeUInt16BE(to, 22);
    return packet;
  };
  assert.equal(runs(program, udp(5000, 443), inbound), 0, 'hushed');
  assert.equal(runs(program, udp(53, 40_000), inbound), 0, 'an answer of DNS');
  assert.notEqual(runs(program, udp(53, 161), inbound), 0);
  assert.notEqual(runs(program, udp(5000, 40_000), inbound), 0);
});

test('the filter comes to an end over any bytes', () => {
  const program = packetFilter({ hushed: Array.from({ length: 100 }, (_, port) => port), ephemeral: [32_768, 60_999] });
  assert.ok(program.length / 8 < 256);
  const more = fc.record({
    type: fc.constantFrom(0, 3, 4),
    protocol: fc.constantFrom(0x800, 0x86dd, 0x806),
    index: fc.constantFrom(1, 2),
  });
  const bytes = fc.tuple(fc.constantFrom(0x45, 0x46, 0x60, 0x4f), fc.uint8Array({ maxLength: 100 }));
  fc.assert(
    fc.property(bytes, more, ([first, rest], at) => {
      assert.ok([0, 128].includes(runs(program, Buffer.from([first, ...rest]), at)));
    }),
    { numRuns: 2000 },
  );
});

const knock = (to: string, port: number): string[] => [
  '-c',
  `import socket\nsocket.socket().connect_ex(("${to}",${port}))`,
];

/** What a process prints that hears two namespaces. */
function hearing(one: Netns, ...args: readonly string[]) {
  const child = one.spawn(process.execPath, [HEAR, ...args]);
  const heard = { child, said: '' };
  child.stdout?.on('data', (chunk: Buffer) => (heard.said += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (heard.said += chunk.toString()));
  return heard;
}

for (const [sense, ...options] of [['packet ring'], ['NFLOG', '--log=a']] as const) {
  test(`several namespaces are heard at once, each for itself, and one that goes is let go (${sense})`, {
    skip: needsRoot(),
  }, async () => {
    await using one = await makeStar();
    await using two = await makeStar();
    const [a, b] = [await one.neighbour(), await two.neighbour()];
    const heard = hearing(one.middle, ...options, one.middle.name, two.middle.name);
    await until('the senses', () => heard.said.includes(`ready ${sense} []`));
    await a.net.run(PYTHON, knock(a.target4, 1001));
    await b.net.run(PYTHON, knock(b.target4, 1002));
    const [first, second] = [one.middle.name, two.middle.name];
    await until(
      'both knocks',
      () => heard.said.includes(`${first} in 1001`) && heard.said.includes(`${second} in 1002`),
    );
    await until(
      'both answers',
      () => heard.said.includes(`${first} out 1001`) && heard.said.includes(`${second} out 1002`),
    );
    assert.ok(!heard.said.includes(`${first} in 1002`) && !heard.said.includes(`${second} in 1001`), heard.said);
    heard.child.stdin?.write('forget\n');
    await until('the end of one', () => heard.said.includes('1 open, 0 lost'));
    assert.equal((await two.middle.run('/usr/sbin/nft', ['list', 'tables'])).stdout, '');
  });
}

test('by NFLOG: a group that is taken is left alone, a flushed packet filter is put up again, and nothing stays', {
  skip: needsRoot(),
}, async () => {
  await using star = await makeStar();
  const { middle } = star;
  const from = await star.neighbour();
  const before = hearing(middle, '--log=a', middle.name);
  await until('the first', () => before.said.includes('ready NFLOG []'));
  const second = hearing(middle, '--log=b', middle.name);
  await until('the second', () => second.said.includes('ready NFLOG []'));
  const groups = async (): Promise<number[]> => {
    const { stdout } = await middle.run('/usr/sbin/nft', ['list', 'ruleset']);
    return [...new Set([...stdout.matchAll(/log group (\d+)/g)].map(([, group]) => Number(group)))];
  };
  const [first = 0, ...others] = await groups();
  assert.deepEqual(others, [first + 1]);
  await middle.run('/usr/sbin/nft', ['flush', 'ruleset']);
  await until('a knock after the flush', () => {
    void from.net.run(PYTHON, knock(from.target4, 1003));
    return second.said.includes('in 1003');
  });
  await until('a knock after the flush at the other', () => before.said.includes('in 1003'));
  before.child.stdin?.end();
  await until('the end', () => before.child.exitCode !== null);
  // The program of this test tidies up no more than a killed daemon does; the next one does, whatever it hears by.
  const next = hearing(middle, '--ring=a', middle.name);
  await until('the next', () => next.said.includes('ready packet ring []'));
  const { stdout: left } = await middle.run('/usr/sbin/nft', ['list', 'tables']);
  assert.equal(left, 'table inet telltale-hears-b\n');
});
