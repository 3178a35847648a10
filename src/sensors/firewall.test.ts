import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { FilterListing } from '#model/filter.ts';
import type { Look } from '#model/sensor.ts';
import { hostAt, plant } from '#test/lab/host-at.ts';
import { makeNetns } from '#test/lab/netns.ts';
import { needsRoot } from '#test/lab/skip.ts';
import { makeTemp } from '#test/lab/temp.ts';
import sensor, { type FirewallRow } from './firewall.ts';

const root = join(import.meta.dirname, '../..');
const skip =
  needsRoot() ||
  (existsSync('/usr/sbin/nft') && existsSync('/usr/sbin/iptables-nft-save') ? false : 'needs nftables and iptables');
const told = (rows: readonly FirewallRow[]): string[] =>
  rows.map(({ family, table, chain, hook, policy, rules }) =>
    [family, table, chain, hook, policy, rules.join('; ')].join(' | '),
  );

test('firewall: what nft and iptables wrote in this namespace, and nothing of ours', { skip }, async () => {
  await using net = await makeNetns();
  const look = async (): Promise<string[]> => {
    const { stdout, stderr } = await net.run(process.execPath, [join(root, 'test/lab/look-once.ts'), 'firewall']);
    assert.notEqual(stdout, '', stderr);
    const { rows, gaps } = JSON.parse(stdout) as Look<FirewallRow>;
    assert.deepEqual(gaps, []);
    return told(rows.filter(({ family }) => family !== 'tcp wrappers'));
  };
  const sh = async (lines: string): Promise<void> => {
    const { code, stderr } = await net.run('/bin/sh', ['-ec', lines]);
    assert.equal(code, 0, stderr);
  };
  assert.deepEqual(await look(), []);
  await sh(`nft add table inet f
    nft 'add chain inet f in { type filter hook input priority 0; policy drop; }'
    nft add rule inet f in tcp dport 22 counter accept
    nft add table inet telltale-answers-1
    nft 'add chain inet telltale-answers-1 a { type filter hook prerouting priority -310; }'
    nft add rule inet telltale-answers-1 a ip saddr 203.0.113.1 drop
    iptables-nft -A INPUT -m comment --comment x -p tcp --dport 80 -j ACCEPT`);
  assert.deepEqual(await look(), [
    'inet | f | in | input | drop | tcp dport 22 accept',
    'ip | filter | INPUT | input | accept | -p tcp -m comment --comment x -m tcp --dport 80 -j ACCEPT',
  ]);
  // Under our name, but not our work.
  await sh(`nft add table ip telltale-x
    nft 'add chain ip telltale-x n { type nat hook prerouting priority -100; }'
    nft add rule ip telltale-x n tcp dport 22 redirect to :2222`);
  assert.ok((await look()).some((line) => line.startsWith('ip | telltale-x | n | prerouting')));
});

test('firewall: the programs run again only when the generation moved', async () => {
  await using temp = await makeTemp();
  plant(temp.path, {
    'etc/hosts.deny': '# c\nALL: ALL\n# telltale 0a1b x\nstray\nsshd: 203.0.113.9 # telltale 0a1b\n',
  });
  let generation = 5;
  let runs = 0;
  const plain = hostAt(temp.path);
  const text =
    '*filter\n:INPUT DROP [0:0]\n-A INPUT -m set --match-set telltale-1-4 src -j DROP\n-A INPUT -j ACCEPT -m comment --comment telltale-1\nCOMMIT\n';
  const listing: FilterListing = { nft: undefined, saved: [{ family: 4, legacy: false, text }], gaps: [] };
  const host = {
    ...plain,
    filter: { generation: () => generation, rules: () => Promise.resolve(((runs += 1), listing)) },
  };
  const look = async (): Promise<string[]> => told((await sensor.look(host, AbortSignal.timeout(5000))).rows);
  const expected = [
    'ip | filter | INPUT | input | drop | -j ACCEPT -m comment --comment telltale-1',
    'tcp wrappers | /etc/hosts.deny | ALL: ALL |  |  | ',
    'tcp wrappers | /etc/hosts.deny | (no rule) stray |  |  | ',
  ];
  assert.deepEqual(await look(), expected);
  await host.clock.advance(600_000);
  assert.deepEqual(await look(), expected);
  assert.equal(runs, 1);
  generation = 6;
  await look();
  assert.equal(runs, 2);
});
