/** Names of scanners over a real name server: asked once, not waited for, and not at all when told so. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeBlockSite } from '#test/lab/block-site.ts';
import { mmdb } from '#test/lab/mmdb.ts';
import { stop, telltale, until } from '#test/lab/site.ts';

/** Answers every question with one name after half a second, and writes down what it was asked. */
const server = `import socket,struct,sys,time
s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); s.bind(("127.0.0.1",53)); open(sys.argv[1],"w").close()
while True:
  d,a=s.recvfrom(2048); q=d[12:]; i=0; labels=[]
  while q[i]: labels.append(q[i+1:i+1+q[i]].decode()); i+=q[i]+1
  with open(sys.argv[1],"a") as log: log.write(".".join(labels)+"\\n")
  time.sleep(0.5)
  name=b"".join(bytes([len(l)])+l.encode() for l in ["Scan-7","example","net"])+b"\\0"
  s.sendto(d[:2]+b"\\x81\\x80\\0\\1\\0\\1\\0\\0\\0\\0"+q[:i+5]+b"\\xc0\\x0c\\0\\x0c\\0\\1\\0\\0\\0\\x3c"+struct.pack(">H",len(name))+name,a)`;

interface Told {
  readonly rule: string;
  readonly update?: boolean;
  readonly facts: Readonly<Record<string, unknown>>;
}

test('the alert does not wait for a name, its end has it, and one question was asked', {
  timeout: 120_000,
}, async () => {
  await using site = await makeBlockSite('  mode: off\n');
  const { pair, temp } = site;
  const [asked, resolv, database] = ['asked', 'resolv.conf', 'net.mmdb'].map((name) => join(temp, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(resolv, 'nameserver 127.0.0.1\n');
  writeFileSync(database, mmdb({ '10.77.0.0/24': { autonomous_system_number: 64_500, country: { iso_code: 'NL' } } }));
  pair.us.spawn('/usr/bin/python3', ['-c', server, asked]);
  await until('the name server', () => existsSync(asked));
  // Its own /etc/resolv.conf, in a mount namespace of its own.
  const daemon = async (names: boolean, ready: string) => {
    writeFileSync(
      site.config,
      `web: { listen: none }\nwatch: { namespaces: own }\nscans: { quiet: 2 s, names: ${names}, databases: [${database}] }\nnotifiers: [{ type: file, path: ${join(temp, 'alerts.jsonl')} }]\n`,
    );
    const script = `mount --bind ${resolv} /etc/resolv.conf && exec "$@"`;
    const own = ['daemon', '--config', site.config, '--state-dir', site.stateDir, '--ready-file', join(temp, ready)];
    const unshared = ['--mount', '--propagation', 'private', '/bin/sh', '-c', script, 'sh', telltale, ...own];
    const child = pair.us.spawn('/usr/bin/unshare', unshared);
    await until('the daemon', () => existsSync(join(temp, ready)), 40_000);
    return child;
  };
  const questions = (): string[] => readFileSync(asked, 'utf8').split('\n').filter(Boolean);
  const scan = async (from: string): Promise<readonly Told[]> => {
    const before = site.alerts().length;
    await pair.them.run('/usr/bin/nmap', ['-sS', '-n', '-Pn', '-p1-30', '-S', from, '-e', 'wire0', '10.77.0.1']);
    return await until('the scan and its end', () => {
      const told = (site.alerts().slice(before) as readonly Told[]).filter(({ rule }) => rule === 'port-scan');
      return told.length >= 2 && told;
    });
  };

  const first = await daemon(true, 'ready-1');
  const [opened, closed] = await scan('10.77.0.2');
  assert.deepEqual([opened?.facts['network'], opened?.facts['operator']], ['10.77.0.0/24 (private)', 'AS64500']);
  assert.equal(opened?.facts['reverseName'], undefined, 'nothing waits for it');
  assert.deepEqual([closed?.facts['reverseName'], closed?.facts['country']], ['scan-7.example.net', 'NL']);
  assert.deepEqual(questions(), ['2.0.77.10.in-addr.arpa']);
  await stop(first);

  const second = await daemon(false, 'ready-2');
  const [, unnamed] = await scan('10.77.0.3');
  assert.deepEqual([unnamed?.facts['reverseName'], unnamed?.facts['operator']], [undefined, 'AS64500']);
  assert.equal(questions().length, 1);
  await stop(second);
});
