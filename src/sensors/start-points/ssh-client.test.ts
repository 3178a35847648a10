import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { test } from 'node:test';
import { hostAt, plant } from '#test/lab/host-at.ts';
import { needsRoot } from '#test/lab/skip.ts';
import { makeTemp } from '#test/lab/temp.ts';
import sensor from '../start-points.ts';

test('what ssh runs for whom, by its host, also from files that are taken in', { skip: needsRoot() }, async () => {
  await using temp = await makeTemp();
  chmodSync(temp.path, 0o755);
  plant(temp.path, {
    'etc/passwd': 'root:x:0:0:root:/root:/bin/bash\nbob:x:1000:1000::/home/bob:/bin/bash\n',
    'var/lib/dpkg/status': '',
    'etc/ssh/ssh_config': 'Include /etc/ssh/ssh_config.d/*.conf\nHost *\n  ForwardAgent no\n',
    'etc/ssh/ssh_config.d/a.conf': 'PKCS11Provider /opt/p.so\n',
    'etc/ssh/ssh_config.d/passed.over': 'ProxyCommand /opt/never\n',
    'root/.ssh/config': 'Host *\n ProxyCommand /tmp/x %h %p\n ProxyCommand /opt/second\nHost db\n ProxyCommand none\n',
    'home/bob/.ssh/config': 'Include more ~/.ssh/config\nLocalCommand /opt/asleep\nMatch exec "/opt/asks %h"\n',
    'home/bob/.ssh/more': 'Host db\n KnownHostsCommand /opt/known\n',
  });
  const { rows } = await sensor.look(hostAt(temp.path), AbortSignal.timeout(10_000));
  const short = rows
    .filter(({ kind }) => kind === 'ssh setting')
    .map(({ name, user, when, command, enabled, open }) => [name, user, when, command, enabled, open].join(' | '));
  assert.deepEqual(short.sort(), [
    'Include | bob | when ssh connects | more ~/.ssh/config | true | ',
    'Include | every user | when ssh connects | /etc/ssh/ssh_config.d/*.conf | true | ',
    'KnownHostsCommand db | bob | when ssh connects to db | /opt/known | true | ',
    'LocalCommand | bob | when ssh connects | /opt/asleep | false | ',
    'Match exec | bob | when ssh connects | /opt/asks %h | true | ',
    'PKCS11Provider | every user | when ssh connects | /opt/p.so | true | ',
    'ProxyCommand 73b66e | root | when ssh connects | /opt/second | true | ',
    'ProxyCommand | root | when ssh connects | /tmp/x %h %p | true | it lies below /tmp, where everyone may write',
  ]);
});
