import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import * as v from 'valibot';
import { isPrefix, parsePrefix } from '#lib/ip-prefix.ts';
import type { KernelBlock } from '#model/responder.ts';
import { action, responderContext } from '#test/lab/fake-action.ts';
import { makeNetPair, type NetPair } from '#test/lab/net-pair.ts';
import { until } from '#test/lab/site.ts';
import nftables from './nftables.ts';

/** Descriptors that are listened to would keep the test alive. */
const over = new AbortController();
after(() => over.abort());
const open = (pair: NetPair, settings: object = { delay: false }) =>
  nftables.open({
    ...responderContext(v.parse(nftables.settings, settings), pair.exec),
    logGroup: pair.logGroup,
    signal: over.signal,
  });
const tables = async (pair: NetPair): Promise<string> =>
  (await pair.us.run('/usr/sbin/nft', ['list', 'tables'])).stdout;

/** Scans the first address of ours from one of theirs. */
const scan = (pair: NetPair, from: string, ports: string) =>
  pair.them.run('/usr/bin/nmap', [
    '-sS',
    '-n',
    '-Pn',
    '-T4',
    '--max-retries',
    '0',
    '-S',
    from,
    '-e',
    'wire0',
    '-p',
    ports,
    '10.77.0.1',
  ]);

test('addresses and networks of both families are dropped, others are not, and an undo lets them in again', async () => {
  await using pair = await makeNetPair();
  const responder = await open(pair);
  assert.equal(await tables(pair), '', 'nothing stands before the first block');
  const blocks = [action('10.77.0.2'), action('10.77.0.4/31'), action('fd77:0:0:2::/64')];
  assert.ok((await responder.apply(blocks)).every((applied) => 'undo' in applied));
  for (const from of ['10.77.0.2', '10.77.0.4', '10.77.0.5', 'fd77:0:0:2::1'])
    assert.ok(!(await pair.answers(from)), from);
  for (const from of ['10.77.0.3', 'fd77:0:0:3::1']) assert.ok(await pair.answers(from), from);
  await responder.undo(blocks.slice(0, 1));
  assert.ok(await pair.answers('10.77.0.2'));
  await responder.undo(blocks);
  assert.ok(await pair.answers('fd77:0:0:2::1'), 'undoing what is undone already is no failure');
  await responder.clear([]);
  assert.equal(await tables(pair), '');
});

test('the kernel ends a block, and a later end replaces an earlier one', async () => {
  await using pair = await makeNetPair();
  const responder = await open(pair);
  const short = action('10.77.0.2', { untilMs: Date.now() + 1000 });
  const net = action('10.77.0.4/31', { untilMs: Date.now() + 1000 });
  await responder.apply([short, net]);
  assert.ok(!(await pair.answers('10.77.0.2')));
  await responder.apply([{ ...net, untilMs: Date.now() + 3_600_000 }]);
  let open2 = false;
  await until('the end of the block', () => {
    void pair.answers('10.77.0.2').then((answered) => (open2 ||= answered));
    return open2;
  });
  assert.ok(!(await pair.answers('10.77.0.4')));
});

test('a source under rate-limit still gets a little through', async () => {
  await using pair = await makeNetPair();
  const responder = await open(pair, { packetsPerSecond: 1, delay: false });
  await responder.apply([action('10.77.0.2', { kind: 'rate-limit' })]);
  assert.ok(await pair.answers('10.77.0.2'));
  const got = await Promise.all(Array.from({ length: 12 }, () => pair.answers('10.77.0.2')));
  assert.ok(got.filter(Boolean).length < 8, `${got.filter(Boolean).length} of 12`);
  assert.ok(await pair.answers('10.77.0.3'));
});

test('restoring puts up exactly what should stand; a flushed packet filter is noticed and put up again', async () => {
  await using pair = await makeNetPair();
  const first = await open(pair);
  await first.apply([action('10.77.0.2'), action('10.77.0.3')]);
  const second = await open(pair);
  const kept = action('10.77.0.3');
  await second.restore([kept], []);
  assert.ok(await pair.answers('10.77.0.2'));
  assert.ok(!(await pair.answers('10.77.0.3')));
  assert.equal(await second.intact?.(), true);
  await pair.us.run('/usr/sbin/nft', ['flush', 'ruleset']);
  assert.equal(await second.intact?.(), false);
  await second.apply([action('10.77.0.4')]);
  assert.ok(!(await pair.answers('10.77.0.3')), 'what stood is back with the next block');
  await second.restore([], []);
  assert.equal(await tables(pair), '');
});

test('what the kernel refuses of many is refused alone, in words', async () => {
  await using pair = await makeNetPair();
  const responder = await open(pair);
  const [good, bad] = await responder.apply([action('10.77.0.2'), action('10.77.0.999')]);
  assert.ok(good !== undefined && 'undo' in good);
  assert.match(bad !== undefined && 'failure' in bad ? bad.failure : '', /nft: /);
  assert.ok(!(await pair.answers('10.77.0.2')));
});

test('a machine without nft says so', async () => {
  const exec = { find: () => undefined, run: () => assert.fail('nothing must be run') };
  const responder = await nftables.open(responderContext(v.parse(nftables.settings, {}), exec));
  assert.deepEqual(await responder.restore([], []), []);
  const [applied] = await responder.apply([action('10.77.0.2')]);
  assert.match(applied !== undefined && 'failure' in applied ? applied.failure : '', /install the package nftables/);
});

test('atOnce needs answers that are on: else the kernel decides nothing', async () => {
  await using pair = await makeNetPair();
  const context = responderContext(v.parse(nftables.settings, { atOnce: true }), pair.exec);
  const responder = await nftables.open({ ...context, unattended: false });
  await responder.restore([action('10.77.0.3')], []);
  assert.doesNotMatch((await pair.us.run('/usr/sbin/nft', ['list', 'ruleset'])).stdout, /chain trigger/);
});

test('atOnce: the kernel shuts a scanner out, not who is spared, and tells whom', async () => {
  await using pair = await makeNetPair();
  const responder = await open(pair, { atOnce: true, atOncePorts: 3 });
  const spared = parsePrefix('10.77.0.3');
  assert.ok(isPrefix(spared));
  await responder.spare?.([spared]);
  await responder.restore([], []);
  pair.us.spawn('/usr/bin/python3', [
    '-c',
    'import socket,time\ns=socket.socket(socket.AF_INET6); s.bind(("::",8080)); s.listen(9); time.sleep(60)',
  ]);
  const nmap = (from: string, ports: string) => scan(pair, from, ports);
  // One port many times is no scan, nor is a port that is served.
  for (let i = 0; i < 6; i += 1) assert.ok(await pair.answers('10.77.0.2'));
  await nmap('10.77.0.2', '21-60');
  assert.ok(!(await pair.answers('10.77.0.2')));
  await nmap('10.77.0.3', '21-60');
  assert.ok(await pair.answers('10.77.0.3'));
  const blocks = await responder.kernelBlocks?.();
  assert.deepEqual(
    blocks?.map(({ target }) => target),
    ['10.77.0.2'],
  );
  assert.ok((blocks?.[0]?.untilMs ?? 0) > Date.now() + 30_000);
  await responder.undo([action('10.77.0.2')]);
  assert.ok(await pair.answers('10.77.0.2'));
});

test('atOnce: retries, two mistaken ports, a traceroute and what we began ourselves shut nobody out', async () => {
  await using pair = await makeNetPair();
  const responder = await open(pair, { atOnce: true });
  await responder.restore([], []);
  const script = `import socket
def tcp(port):
  s=socket.socket(); s.settimeout(1); s.bind(("10.77.0.2",0))
  try: s.connect(("10.77.0.1",port))
  except OSError: pass
  s.close()
for port in [443]*10+[993]*3+[8443]: tcp(port)
u=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); u.bind(("10.77.0.2",0))
for port in range(33434,33460): u.sendto(b"x",("10.77.0.1",port))`;
  await pair.them.run('/usr/bin/python3', ['-c', script]);
  // Closed ports of theirs answer us with RST, to ports of ours that are closed again by then.
  const outward = `import socket
for port in range(1,40):
  s=socket.socket(); s.settimeout(1)
  try: s.connect(("10.77.0.2",port))
  except OSError: pass
  s.close()`;
  await pair.us.run('/usr/bin/python3', ['-c', outward]);
  assert.deepEqual(await responder.kernelBlocks?.(), []);
});

test('atOnce: the kernel tells once and at once, with the packet that did it, and counts what it drops', async () => {
  await using pair = await makeNetPair();
  const responder = await open(pair, { atOnce: true });
  await responder.restore([], []);
  const told: KernelBlock[] = [];
  responder.hearKernel?.((blocks) => void told.push(...blocks));
  await scan(pair, '10.77.0.2', '21-60');
  await until('the news', () => told.length > 0);
  // Once, with the packet that did it: from 10.77.0.2 to a closed port.
  assert.deepEqual(
    told.map(({ target }) => target),
    ['10.77.0.2'],
  );
  const [{ packet = '', port = 0 } = {}] = told;
  assert.match(packet, /^45.{22}0a4d00020a4d0001/);
  assert.ok(port >= 21 && port <= 60, `${port}`);
  const blocks = await responder.kernelBlocks?.();
  assert.ok((blocks?.[0]?.dropped ?? 0) > 10, `${blocks?.[0]?.dropped} packets dropped`);
});

test('delay: a scanner learns no open port, whoever asks again as a client does gets in, and it ends', async () => {
  await using pair = await makeNetPair();
  const responder = await open(pair, { atOnceFor: '4 s' });
  await responder.restore([], []);
  const told: KernelBlock[] = [];
  responder.hearKernel?.((blocks) => void told.push(...blocks));
  const listener = pair.us.spawn('/usr/bin/python3', [
    '-c',
    'import socket,time\ns=socket.socket(socket.AF_INET6); s.bind(("::",8080)); s.listen(9); print("on",flush=True); time.sleep(60)',
  ]);
  await new Promise((done) => listener.stdout?.once('data', done));
  await scan(pair, '10.77.0.2', '21-60');
  await until('the news', () => told.length > 0);
  assert.deepEqual(
    told.map(({ target, kind }) => [target, kind]),
    [['10.77.0.2', 'rate-limit']],
  );
  await scan(pair, '10.77.0.2', '8080');
  assert.equal(await pair.learned('10.77.0.2'), 0);
  /** Milliseconds until a connection from there is made, by the kernel's own means. */
  const connect = async (from: string): Promise<number> => {
    const script = `import socket,time\nb=time.time()\ns=socket.create_connection(("10.77.0.1",8080),5,("${from}",0))\nprint(int((time.time()-b)*1000))`;
    return Number((await pair.them.run('/usr/bin/python3', ['-c', script])).stdout);
  };
  const waited = await connect('10.77.0.2');
  assert.ok(waited >= 900 && waited < 3500, `${waited} ms`);
  assert.ok((await connect('10.77.0.3')) < 900, 'others notice nothing');
  assert.equal((await responder.kernelBlocks?.())?.[0]?.kind, 'rate-limit');
  await until('its end', () => (told[0]?.untilMs ?? Infinity) + 500 < Date.now());
  assert.ok((await connect('10.77.0.2')) < 900);
});
