/** Traps with real connections: a banner, a tarpit, a service that keeps its port, and a scanner that learns nothing. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeBlockSite } from '#test/lab/block-site.ts';
import { startDaemon, stop, until } from '#test/lab/site.ts';

/** Reads what comes from the address given within the time, and says whether the connection was ended. */
const visit = `import socket,sys,time
s=socket.create_connection((sys.argv[1],int(sys.argv[2])),3); s.settimeout(float(sys.argv[3])); got=b""; end="held"
try:
  while True:
    d=s.recv(100)
    if not d: end="ended"; break
    got+=d
except TimeoutError: pass
except ConnectionError: end="ended"
print(got.decode().strip()+"|"+end)`;

const serve = `import socket,sys,time
s=socket.socket(); s.setsockopt(socket.SOL_SOCKET,socket.SO_REUSEADDR,1); s.bind(("0.0.0.0",8080)); s.listen(9); open(sys.argv[1],"w"); time.sleep(99)`;

test('traps answer, give way to services, and give nothing away', { timeout: 120_000 }, async () => {
  await using site = await makeBlockSite('  mode: off\n');
  const { pair, temp } = site;
  const write = (traps: string): void =>
    writeFileSync(
      site.config,
      `web: { listen: none }\nwatch: { namespaces: own }\nscans: { quiet: 2 s, names: false }\nnotifiers: [{ type: file, path: ${join(temp, 'alerts.jsonl')} }]\ntraps: ${traps}\n`,
    );
  const listening = async (): Promise<number[]> =>
    [...(await pair.us.run('/usr/bin/ss', ['-Hltn'])).stdout.matchAll(/:(\d+)\s+\S+:\*/g)]
      .map(([, port]) => Number(port))
      .sort((a, b) => a - b);
  const connect = async (port: number, seconds: number): Promise<string> =>
    (await pair.them.run('/usr/bin/python3', ['-c', visit, '10.77.0.1', String(port), String(seconds)])).stdout.trim();

  const service = pair.us.spawn('/usr/bin/python3', ['-c', serve, join(temp, 'serves')]);
  await until('the service', () => existsSync(join(temp, 'serves')));
  write('{ ports: [23, 2323, 8080, 9999], banner: "GO AWAY" }');
  const first = await startDaemon(site, 'ready-1');
  assert.deepEqual(await listening(), [23, 2323, 8080, 9999]);
  assert.equal(await connect(23, 4), 'GO AWAY|ended');
  assert.equal(
    (await pair.them.run('/usr/bin/python3', ['-c', visit, 'fd77::1', '2323', '4'])).stdout.trim(),
    'GO AWAY|ended',
  );
  assert.equal(await connect(8080, 1), '|held');

  // They are ours, no news, and not root's.
  const sockets = JSON.parse((await site.run('sockets', '--json')).stdout) as {
    rows: { row: { port: number; pid: number; runsAs: string }; mark: string }[];
  };
  const trap = sockets.rows.find(({ row }) => row.port === 23);
  assert.ok(trap !== undefined && trap.row.runsAs !== 'root', JSON.stringify(trap));
  const status = readFileSync(`/proc/${trap.row.pid}/status`, 'utf8');
  assert.match(status, /^Uid:\s+([1-9]\d*)\s+\1\s+\1\s+\1$/m);
  assert.match(status, /^NoNewPrivs:\s+1$/m);
  assert.deepEqual(
    site.alerts().filter(({ rule }) => rule.includes('listener')),
    [],
  );

  // To a scanner they look open; in truth they are closed, and a full connect proves who it was.
  await pair.them.run('/usr/bin/nmap', ['-sT', '-n', '-Pn', '-p', '21,23,25,110,2323,8080,9999', '10.77.0.1']);
  const scan = await until('the scan', () => site.alerts().find(({ rule }) => rule === 'port-scan'));
  assert.match(scan.title, /^Connect scan \(nmap -sT\) from 10\.77\.0\.2: 6 of 7 ports closed, 1 open$/);
  const over = await until('its end', () => site.alerts().find(({ rule, update }) => rule === 'port-scan' && update));
  const { learned, trapped, confirmed } = over.facts as Record<string, unknown>;
  assert.deepEqual([learned, trapped, confirmed], [['8080'], ['23', '2323', '9999'], true]);

  // Gone with the daemon, however that ends.
  process.kill(first.ready.pid, 'SIGKILL');
  await until('the traps are gone', () => !existsSync(`/proc/${trap.row.pid}`));

  // A service that is normal here keeps its port also while it does not run; a tarpit gives one character.
  service.kill('SIGKILL');
  write('{ ports: [23, 8080], banner: "GO AWAY", slow: true }');
  const second = await startDaemon(site, 'ready-2');
  assert.deepEqual(await listening(), [23]);
  assert.equal(await connect(23, 2.5), 'G|held');
  assert.equal(await stop(second.child), 0);
  assert.deepEqual(await listening(), []);
});
