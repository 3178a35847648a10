import assert from 'node:assert/strict';
import { test } from 'node:test';
import { python, redis } from './sample-row.ts';
import { program, reach, thing } from './socket-words.ts';

const node = { ...python, exe: '/usr/bin/node', exeNow: '/usr/bin/node' };

test('an interpreter is named with what it runs, also where its own name hides that', () => {
  const said = (cmdline: string, comm = 'python3.13'): string => program({ ...python, cmdline, comm });
  assert.equal(said('python3 /opt/jobs/backup.py --all'), 'python3.13 (backup.py)');
  assert.equal(said('python3 -u -W ignore -m http.server 8000'), 'python3.13 (-m http.server)');
  assert.equal(said('python3 -c import/socket;x'), 'python3.13');
  assert.equal(said('python3 -'), 'python3.13');
  assert.equal(said('python3'), 'python3.13');
  assert.equal(said(''), 'python3.13');
  assert.equal(
    said('python3 /x/y.py', 'agent.py'),
    'python3.13 (agent.py)',
    'the name that the kernel gave comes first',
  );
  assert.equal(
    program({ ...node, cmdline: 'node --import ./trace.js /srv/shop.js', comm: 'node-MainThread' }),
    'node (shop.js)',
  );
  assert.equal(program({ ...node, cmdline: 'node --eval 1', comm: 'node-MainThread' }), 'node');
  const java = { ...redis, exe: '/usr/lib/jvm/jre/bin/java', exeNow: '/usr/lib/jvm/jre/bin/java', comm: 'java' };
  assert.equal(program({ ...java, cmdline: 'java -cp /x/lib.jar -jar /srv/shop.jar' }), 'java (shop.jar)');
  assert.equal(said('python3 /x/\u001b[2Jy'), 'python3.13 (\\u{1b}[2Jy)');
  assert.equal(program({ ...redis, cmdline: 'redis-server /etc/redis.conf' }), 'redis-server');
});

test('what listens by IPv4 and by IPv6 has two titles', () => {
  const said = (family: string, address: string, exposure: string): string =>
    reach({ ...redis, family, address, exposure });
  assert.equal(said('inet', '0.0.0.0', 'open'), 'to every address');
  assert.equal(said('inet6', '::', 'open'), 'to every address (::)');
  assert.equal(said('inet6', '::', 'local'), 'on loopback only (::)');
  assert.equal(said('inet6', '::1', 'local'), 'on loopback only (::1)');
  assert.equal(said('inet6', '2001:db8::4', 'open'), 'to 2001:db8::4');
  assert.equal(reach({ ...redis, family: 'unix', address: '' }), '');
});

test('a door whose port is no part of its identity says which it has now', () => {
  assert.equal(thing({ ...redis, port: 0, pathNow: 'port 40777' }), "port 40777 (of the kernel's choice)");
  assert.equal(thing({ ...redis, protocol: 'udp' }), 'UDP port 6379');
});
