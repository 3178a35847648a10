/** A PortSentry of twenty years: its files are taken over, it is scanned, and what reads its lines goes on working. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeBlockSite } from '#test/lab/block-site.ts';
import { startDaemon, stop, until } from '#test/lab/site.ts';

test('imported, scanned, blocked and told as PortSentry did', { timeout: 120_000 }, async () => {
  await using site = await makeBlockSite('  mode: off\n');
  const { pair, temp } = site;
  const at = (name: string): string => join(temp, name);
  const text = (name: string): string => (existsSync(at(name)) ? readFileSync(at(name), 'utf8') : '');
  writeFileSync(
    at('portsentry.conf'),
    `TCP_PORTS="1,11,15,79"
IGNORE_FILE="${at('portsentry.ignore')}"
HISTORY_FILE="${at('portsentry.history')}"
BLOCKED_FILE="${at('portsentry.blocked')}"
BLOCK_TCP="1"
KILL_ROUTE="/sbin/ipchains -I input -s $TARGET$ -j DENY -l"
KILL_HOSTS_DENY="ALL: $TARGET$"
KILL_RUN_CMD="${at('run')} $TARGET$ $PORT$ $MODE$"
`,
  );
  writeFileSync(at('run'), `#!/bin/sh\necho "$*" >> ${at('ran')}\n`, { mode: 0o755 });
  writeFileSync(at('sendmail'), `#!/bin/sh\necho "$*" >> ${at('mailed')}\ncat >> ${at('mailed')}\n`, { mode: 0o755 });
  writeFileSync(at('portsentry.ignore'), '127.0.0.1/32\n0.0.0.0\n10.77.0.3/32\n');
  const imported = await site.run(
    'import',
    'portsentry',
    '--conf',
    at('portsentry.conf'),
    '--ignore',
    at('portsentry.ignore'),
  );
  assert.equal(imported.code, 0, imported.stderr);
  assert.match(imported.stderr, /portsentry\.conf:6: took .*ipchains[\s\S]*nftables drops it/);
  const yaml = imported.stdout
    // The machine's own syslog and hosts.deny are none of the test's business.
    .replaceAll('type: attackalert', `type: attackalert\n      socket: ${at('log')}`)
    .replace('notifiers:\n  - type: attackalert\n      socket', 'notifiers:\n  - type: attackalert\n    socket')
    .replace(
      'notifiers:\n',
      `notifiers:\n  - { type: mail, to: root, minSeverity: critical, sendmail: ${at('sendmail')} }\n`,
    )
    .replace('type: hosts-deny', `type: hosts-deny\n      path: ${at('hosts.deny')}`);
  writeFileSync(site.config, `web: { listen: none }\nwatch: { namespaces: own }\n${yaml}`);
  assert.match((await site.run('config', 'check')).stdout, /sound/);

  const syslog = pair.us.spawn('/usr/bin/python3', [
    '-c',
    'import socket,sys\ns=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM); s.bind(sys.argv[1])\nwhile 1:\n  d=s.recv(65536); open(sys.argv[2],"ab").write(d+b"\\n")',
    at('log'),
    at('syslog'),
  ]);
  await until('syslog', () => existsSync(at('log')));
  const service = pair.us.spawn('/usr/bin/python3', [
    '-c',
    'import socket,sys,time\ns=socket.socket(); s.bind(("0.0.0.0",8080)); s.listen(9); open(sys.argv[1],"w"); time.sleep(99)',
    at('serves'),
  ]);
  await until('the service', () => existsSync(at('serves')));
  const { child } = await startDaemon(site);
  const connect = (from: string) =>
    pair.them.run('/usr/bin/python3', [
      '-c',
      'import socket,sys\nfor p in list(range(20,60))+[8080]:\n  s=socket.socket(); s.settimeout(1); s.bind((sys.argv[1],0))\n  try: s.connect(("10.77.0.1",p)); s.send(b"x")\n  except OSError: pass\n  s.close()',
      from,
    ]);
  await connect('10.77.0.3');
  // The handshake comes first, so that its address is proved before it is judged.
  await pair.them.run('/usr/bin/python3', [
    '-c',
    'import socket\ns=socket.socket(); s.bind(("10.77.0.2",0)); s.settimeout(3)\ntry:\n  s.connect(("10.77.0.1",8080)); s.send(b"x")\nexcept OSError: pass',
  ]);
  await connect('10.77.0.2');
  await until('the block', () => text('hosts.deny').includes('10.77.0.2'));
  await until('the lines', () => /blocked via dropped route/.test(text('syslog')) && text('portsentry.history') !== '');
  assert.match(
    text('syslog'),
    /portsentry\[\d+\]: attackalert: TCP SYN\/Normal scan from host: 10\.77\.0\.2\/10\.77\.0\.2 to TCP port: \d+/,
  );
  assert.match(
    text('syslog'),
    /attackalert: Host 10\.77\.0\.2 has been blocked via wrappers with string: "ALL: 10\.77\.0\.2"/,
  );
  assert.match(
    text('syslog'),
    /attackalert: Host 10\.77\.0\.2 has been blocked via dropped route using command: "\/sbin\/ipchains -I input -s 10\.77\.0\.2 -j DENY -l"/,
  );
  assert.match(text('portsentry.history'), /\/10\.77\.0\.2 Port: [0-9]+ (TCP|UDP) Blocked$/m);
  await until('the command', () => /^10\.77\.0\.2 \d+ tcp$/m.test(text('ran')));
  assert.ok(!(await pair.answers('10.77.0.2')));
  assert.ok(!text('hosts.deny').includes('10.77.0.3') && (await pair.answers('10.77.0.3')), 'ignored as before');
  const { stdout } = await site.run('changes', '--all');
  const [, id = ''] = /\t([0-9a-f]{6,})\t.*from 10\.77\.0\.2/.exec(stdout) ?? [];
  assert.notEqual(id, '', stdout);
  const letter = ['report', 'abuse', id, '--send-to', 'abuse@example.net'];
  const unread = await site.run(...letter);
  assert.deepEqual([unread.code, text('mailed')], [64, ''], unread.stderr);
  assert.match(unread.stderr, /Nobody is there to approve the letter/);
  assert.equal((await site.run(...letter.slice(0, 4), '-oQ/tmp/x', '--yes')).code, 64);
  const sent = await site.run(...letter, '--yes');
  assert.equal(sent.code, 0, sent.stderr);
  assert.match(text('mailed'), /^-i -- abuse@example\.net$/m);
  assert.match(text('mailed'), /^Subject: Abuse from 10\.77\.0\.2$/m);
  writeFileSync(at('sendmail'), '#!/bin/sh\necho no queue here >&2\nexit 75\n', { mode: 0o755 });
  const refused = await site.run(...letter, '--yes');
  assert.equal(refused.code, 74, refused.stderr);
  assert.match(refused.stderr, /Cannot mail the letter to "abuse@example\.net": .*no queue here.*notify test/s);
  assert.equal((await site.run('unblock', '10.77.0.2', '-m', 'ours')).code, 0);
  assert.equal(text('hosts.deny'), '');
  await stop(child);
  service.kill();
  syslog.kill();
});
