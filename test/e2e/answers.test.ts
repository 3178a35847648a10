/** Real scans against the real daemon: what an answer takes from the scanner. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeBlockSite } from '#test/lab/block-site.ts';
import type { NetPair } from '#test/lab/net-pair.ts';
import { type Site, startDaemon, stop } from '#test/lab/site.ts';

const nmap = '/usr/bin/nmap';
const openPorts = [22, 25, 80, 443, 993, 3306, 5432, 8080, 9100, 10000];

function serve(pair: NetPair): void {
  const script = `import socket,time,sys
kept=[]
for port in map(int,sys.argv[1:]):
  s=socket.socket(socket.AF_INET6); s.setsockopt(socket.SOL_SOCKET,socket.SO_REUSEADDR,1); s.bind(("::",port)); s.listen(64); kept.append(s)
print("ready",flush=True)
time.sleep(600)`;
  pair.us.spawn('/usr/bin/python3', ['-c', script, ...openPorts.map(String)]);
}

async function learned(pair: NetPair, from: string, kind: string): Promise<number> {
  const to = from.includes(':') ? ['-6', 'fd77::1'] : ['10.77.0.1'];
  const args = [
    kind,
    '-n',
    '-Pn',
    '-T4',
    '--max-retries',
    '1',
    '--host-timeout',
    '8s',
    '-S',
    from,
    '-e',
    'wire0',
    ...to,
  ];
  await pair.them.run(nmap, args);
  return await pair.learned(from);
}

/** What is blocked, by target, once it is as wanted; as it is after 15 s otherwise. */
async function blocksOnce(
  site: Site,
  wanted: (found: Record<string, string>) => boolean,
): Promise<Record<string, string>> {
  const end = Date.now() + 15_000;
  for (;;) {
    const { stdout } = await site.run('blocks', '--json');
    const { blocks } = JSON.parse(stdout) as { blocks: { target: string; kind: string; by: string; rule: string }[] };
    const found = Object.fromEntries(blocks.map(({ target, kind, by, rule }) => [target, `${kind} ${by} ${rule}`]));
    if (wanted(found) || Date.now() > end) return found;
    await new Promise((done) => setTimeout(done, 250));
  }
}

async function waitForPorts(pair: NetPair): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const ran = await pair.us.run('/usr/bin/ss', ['-ltnH']);
    if (ran.stdout.trim().split('\n').length >= openPorts.length) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error('the services did not start');
}

test('with the kernel answering, a scanner learns at most half, and the daemon tells whom', {
  timeout: 120_000,
}, async () => {
  await using site = await makeBlockSite('  mode: on\n  responders:\n    - type: nftables\n      atOnce: true\n');
  const { pair } = site;
  serve(pair);
  await waitForPorts(pair);
  assert.equal(await learned(pair, '10.77.0.5', '-sS'), openPorts.length, 'with nobody answering it learns all');
  const { child } = await startDaemon(site);
  for (const [from, kind] of [
    ['10.77.0.2', '-sS'],
    ['fd77:0:0:3::1', '-sS'],
  ] as const) {
    const found = await learned(pair, from, kind);
    assert.ok(found <= openPorts.length / 2, `${kind} from ${from} learned ${found} of ${openPorts.length}`);
  }
  // Whoever uses what is served is not bothered.
  assert.ok(
    (
      await pair.them.run('/usr/bin/python3', [
        '-c',
        `import socket\nfor p in ${JSON.stringify(openPorts)}:\n  s=socket.create_connection(("10.77.0.1",p),2,("10.77.0.4",0)); s.close()\nprint("ok")`,
      ])
    ).stdout.includes('ok'),
  );
  const wanted = ['10.77.0.2', 'fd77:0:0:3::/64'];
  const blocked = Object.keys(await blocksOnce(site, (found) => wanted.every((target) => found[target] !== undefined)));
  for (const target of wanted) assert.ok(blocked.includes(target), blocked.join(' '));
  assert.ok(!blocked.includes('10.77.0.4'));
  await stop(child);
});

test('a connect scan that proved its address is blocked by the alert, one that proved nothing is slowed down', {
  timeout: 120_000,
}, async () => {
  await using site = await makeBlockSite(
    '  mode: on\n  never: [10.77.0.4]\n  responders: [{ type: nftables, delay: false }]\n',
  );
  const { pair } = site;
  serve(pair);
  await waitForPorts(pair);
  const { child } = await startDaemon(site);
  await pair.them.run('/usr/bin/python3', [
    '-c',
    `import socket
for p in list(range(20,60))+[80,443]:
  s=socket.socket(); s.settimeout(1); s.bind(("10.77.0.2",0))
  try: s.connect(("10.77.0.1",p)); s.send(b"x")
  except OSError: pass
  s.close()`,
  ]);
  await learned(pair, '10.77.0.3', '-sF');
  await learned(pair, '10.77.0.4', '-sS');
  const found = await blocksOnce(site, (now) => now['10.77.0.2'] !== undefined && now['10.77.0.3'] !== undefined);
  assert.equal(found['10.77.0.2'], 'drop telltale port-scan');
  assert.equal(found['10.77.0.3'], 'rate-limit telltale port-scan');
  assert.equal(found['10.77.0.4'], undefined);
  assert.ok(!(await pair.answers('10.77.0.2')));
  assert.ok(await pair.answers('10.77.0.4'));
  const tried = await site.run('block', 'try', '--since', '-1h');
  assert.match(tried.stdout, /10\.77\.0\.2\tblocked[\s\S]*10\.77\.0\.4\tleft alone/);
  await stop(child);
});
