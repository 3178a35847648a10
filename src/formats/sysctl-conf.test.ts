import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import { linesOf } from '#lib/parse-lines.ts';
import { parseSysctlConf, sysctlMatches, sysctlName, sysctlPath } from './sysctl-conf.ts';

test('a file of sysctl.d is read as systemd-sysctl reads it', () => {
  const { rows, rejects } = parseSysctlConf(
    [
      '# comment',
      '; comment',
      '',
      ' kernel.kptr_restrict = 2 ',
      'kernel/core_pattern=|/usr/bin/x %p=1',
      '-net.ipv4.conf.*.rp_filter = 1',
      '-net.ipv4.conf.all.rp_filter',
      'net/ipv4/conf/eth0.100/rp_filter=0',
      'kernel.nothing',
      'two words = 1',
      '= 1',
    ].join('\n'),
  );
  assert.deepEqual(
    rows.filter(({ name }) => name !== ''),
    [
      { name: 'kernel.kptr_restrict', value: '2', excluded: false },
      { name: 'kernel.core_pattern', value: '|/usr/bin/x %p=1', excluded: false },
      { name: 'net.ipv4.conf.*.rp_filter', value: '1', excluded: false },
      { name: 'net.ipv4.conf.all.rp_filter', value: '', excluded: true },
      { name: 'net.ipv4.conf.eth0/100.rp_filter', value: '0', excluded: false },
    ],
  );
  assert.deepEqual(rejects, ['kernel.nothing', 'two words = 1', '= 1']);
});

test('names and paths are each other’s way back', () => {
  assert.equal(sysctlPath('net.ipv4.conf.eth0/100.rp_filter'), 'net/ipv4/conf/eth0.100/rp_filter');
  assert.equal(sysctlName('net/ipv4/conf/eth0.100/rp_filter'), 'net.ipv4.conf.eth0/100.rp_filter');
  assert.equal(sysctlName('kernel.sysrq'), 'kernel.sysrq');
});

test('a star means any name within one part', () => {
  assert.ok(sysctlMatches('net.ipv4.conf.*.rp_filter', 'net.ipv4.conf.all.rp_filter'));
  assert.ok(sysctlMatches('net.ipv4.conf.a*l.rp_filter', 'net.ipv4.conf.all.rp_filter'));
  assert.ok(!sysctlMatches('net.ipv4.*.rp_filter', 'net.ipv4.conf.all.rp_filter'));
  assert.ok(!sysctlMatches('net.ipv4.conf.b*.rp_filter', 'net.ipv4.conf.all.rp_filter'));
});

test('parseSysctlConf() accounts for every line of any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const { rows, rejects } = parseSysctlConf(text);
      assert.equal(rows.length + rejects.length, linesOf(text).length);
    }),
  );
});

test('sysctlMatches() ends for any pattern, and takes a name for itself', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a*?]{0,40}$/), fc.stringMatching(/^a{0,40}$/), (pattern, name) => {
      sysctlMatches(pattern, name);
      assert.ok(sysctlMatches(name, name));
    }),
  );
});
