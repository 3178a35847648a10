import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { linesOf } from '#lib/parse-lines.ts';
import { chainsOfNft, chainsOfSaved } from './firewall-chains.ts';
import { parseHostsAccess } from './hosts-access.ts';

const at = { family: 'inet', table: 'f' };
const RULESET = JSON.stringify({
  nftables: [
    { metainfo: {} },
    { table: at },
    { chain: { ...at, name: 'in', hook: 'input', prio: 0, policy: 'drop', type: 'filter', handle: 1 } },
    { chain: { ...at, name: 'more', handle: 2 } },
    {
      rule: {
        ...at,
        chain: 'in',
        handle: 9,
        expr: [
          { match: { op: '==', left: { payload: { protocol: 'tcp', field: 'dport' } }, right: 22 } },
          { counter: { packets: 5, bytes: 6 } },
          { accept: null },
        ],
      },
    },
    { rule: { ...at, chain: 'in', expr: [{ jump: { target: 'more' } }] } },
    { rule: { ...at, chain: 'more', expr: [{ xt: { type: 'match', name: 'set' } }, { drop: null }] } },
  ],
});

test('chainsOfNft() gives chains with hook, policy and rules as text, without counters', () => {
  assert.deepEqual(chainsOfNft(RULESET), [
    { ...at, chain: 'in', hook: 'input', policy: 'drop', type: 'filter', rules: ['tcp dport 22 accept', 'jump more'] },
    { ...at, chain: 'more', hook: '', policy: '', type: '', rules: ['xt {"type":"match","name":"set"} drop'] },
  ]);
  assert.deepEqual(chainsOfNft(''), []);
  assert.equal(chainsOfNft('{broken'), undefined);
});

test('chainsOfSaved() reads what iptables-save prints', () => {
  const text =
    '# by\n*nat\n:PREROUTING ACCEPT [1:2]\nCOMMIT\n*filter\n:INPUT DROP [0:0]\n:mine - [0:0]\n-A INPUT -i lo -j ACCEPT\n[3:4] -A INPUT -j mine\nCOMMIT\n';
  assert.deepEqual(
    chainsOfSaved(text, 6, true).map(({ family, table, chain, hook, policy, rules }) => [
      family,
      table,
      chain,
      hook,
      policy,
      rules.join('; '),
    ]),
    [
      ['ip6 (old)', 'nat', 'PREROUTING', 'prerouting', 'accept', ''],
      ['ip6 (old)', 'filter', 'INPUT', 'input', 'drop', '-i lo -j ACCEPT; -j mine'],
      ['ip6 (old)', 'filter', 'mine', '', '', ''],
    ],
  );
});

test('parseHostsAccess() reads daemons, clients and options', () => {
  const { rows, rejects } = parseHostsAccess(
    '# x\nsshd: 10.0.0.0/8 : spawn (/tmp/x) : allow\nALL: [::1] EXCEPT \\\n y\nstray\n',
  );
  assert.deepEqual(rows.slice(1), [
    { daemons: 'sshd', clients: '10.0.0.0/8', options: 'spawn (/tmp/x): allow' },
    { daemons: 'ALL', clients: '[::1] EXCEPT   y', options: '' },
  ]);
  assert.deepEqual(rejects, ['stray']);
});

test('readers of firewalls end for any text, and account for every line of hosts.allow', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.ok(Array.isArray(chainsOfSaved(text, 4, false)));
      assert.ok((chainsOfNft(text)?.length ?? 0) >= 0);
      const plain = text.replaceAll('\\', '/');
      const { rows, rejects } = parseHostsAccess(plain);
      assert.equal(rows.length + rejects.length, linesOf(plain).length);
    }),
  );
  fc.assert(
    fc.property(fc.jsonValue(), (value) => (chainsOfNft(JSON.stringify({ nftables: value }))?.length ?? 0) >= 0),
  );
});
