import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseInterfaces } from './interfaces.ts';

test('parseInterfaces() reads the commands of interfaces and mappings, and what else is read', () => {
  const { commands, sources } = parseInterfaces(
    [
      '# up /no',
      'source /etc/network/interfaces.d/*',
      'auto lo eth0',
      'iface lo inet loopback',
      '\tup /opt/x \\',
      '  --flag',
      'iface eth0 inet dhcp\r',
      ' pre-up test -x /opt/y && /opt/y',
      ' up',
      ' hwaddress ether 02:00:00:00:00:01',
      ' script /no',
      'mapping eth*',
      '  script /usr/local/sbin/map',
    ].join('\n'),
  );
  assert.deepEqual(sources, ['/etc/network/interfaces.d/*']);
  assert.deepEqual(
    commands.map(({ of, when, command }) => [of, when, command]),
    [
      ['lo', 'up', '/opt/x   --flag'],
      ['eth0', 'pre-up', 'test -x /opt/y && /opt/y'],
      ['eth*', 'script', '/usr/local/sbin/map'],
    ],
  );
});

test('parseInterfaces() takes any text', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => parseInterfaces(text).commands.length >= 0));
});
