import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseIptablesSave } from '#formats/iptables-save.ts';
import { parseNftRuleset } from '#formats/nft-ruleset.ts';
import { filterVerdict, type Knock } from './filter-verdict.ts';

const knock = (port: number, more: Partial<Knock> = {}): Knock => ({
  family: 4,
  protocol: 'tcp',
  port,
  address: '',
  ...more,
});
const save = (policy: string, ...rules: string[]) =>
  parseIptablesSave(
    ['*filter', `:INPUT ${policy} [0:0]`, ':own - [0:0]', ...rules.map((rule) => `-A ${rule}`), 'COMMIT', ''].join(
      '\n',
    ),
    4,
  );
const answer = (filter: ReturnType<typeof save>, port: number, more: Partial<Knock> = {}) =>
  filterVerdict(filter, knock(port, more)).answer;

test('without rules every port is open', () => {
  assert.equal(filterVerdict({ chains: [], doubts: [] }, knock(22)).answer, 'open');
});

test('an ordinary rule set: what is named is open, the rest is filtered by the policy', () => {
  const filter = save(
    'DROP',
    'INPUT -i lo -j ACCEPT',
    'INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    'INPUT -p tcp -m multiport --dports 22,80:90 -j ACCEPT',
  );
  assert.equal(answer(filter, 22), 'open');
  assert.equal(answer(filter, 85), 'open');
  assert.equal(answer(filter, 91), 'filtered');
  assert.equal(answer(filter, 22, { protocol: 'udp' }), 'filtered');
  assert.match(filterVerdict(filter, knock(91)).why, /policy drop of chain ip filter INPUT/);
});

test('a port that is open to some senders is never called filtered, and the rule is quoted', () => {
  const filter = save('DROP', 'INPUT -s 10.0.0.0/8 -p tcp -m tcp --dport 22 -j ACCEPT');
  assert.equal(answer(filter, 22), 'cannot tell');
  assert.match(filterVerdict(filter, knock(22)).why, /10\.0\.0\.0\/8/);
  assert.equal(answer(filter, 23), 'filtered');
});

test('a drop for some senders leaves the port open', () => {
  assert.equal(answer(save('ACCEPT', 'INPUT -s 203.0.113.0/24 -j DROP'), 22), 'open');
});

test('what is not understood makes the answer doubtful on either side', () => {
  assert.equal(answer(save('ACCEPT', 'INPUT -m geoip --source-country XX -j DROP'), 22), 'cannot tell');
  assert.equal(answer(save('DROP', 'INPUT -m geoip --source-country XX -j ACCEPT'), 22), 'cannot tell');
  assert.equal(answer(save('ACCEPT', 'INPUT -p tcp -m tcp --dport 23 -m weird --x -j DROP'), 22), 'open');
});

test('jumps, returns and gotos are followed', () => {
  const filter = save(
    'ACCEPT',
    'INPUT -j own',
    'INPUT -p tcp -m tcp --dport 22 -j DROP',
    'own -p tcp -m tcp --dport 80 -j DROP',
    'own -p tcp -m tcp --dport 22 -j RETURN',
    'own -j ACCEPT',
  );
  assert.equal(answer(filter, 80), 'filtered');
  assert.equal(answer(filter, 22), 'filtered');
  assert.equal(answer(filter, 443), 'open');
  assert.equal(answer(save('DROP', 'INPUT -g own', 'INPUT -j ACCEPT'), 22), 'filtered');
  assert.equal(answer(save('DROP', 'INPUT -j nowhere'), 22), 'cannot tell');
});

test('a chain that jumps to itself ends', () => {
  assert.equal(answer(save('ACCEPT', 'INPUT -j own', 'own -j own'), 22), 'cannot tell');
});

test('negations and reject', () => {
  const filter = save('ACCEPT', 'INPUT -p tcp -m tcp ! --dport 22 -j REJECT --reject-with icmp-port-unreachable');
  assert.equal(answer(filter, 22), 'open');
  assert.equal(answer(filter, 23), 'filtered');
  assert.equal(answer(save('ACCEPT', 'INPUT ! -i lo -j DROP'), 22), 'filtered');
});

const nft = (policy: string, ...rules: object[][]) =>
  parseNftRuleset(
    JSON.stringify({
      nftables: [
        { metainfo: {} },
        { chain: { family: 'inet', table: 'f', name: 'input', type: 'filter', hook: 'input', prio: 0, policy } },
        { chain: { family: 'inet', table: 'f', name: 'x' } },
        ...rules.map((expr) => ({ rule: { family: 'inet', table: 'f', chain: 'input', expr } })),
      ],
    }),
  );
const match = (left: object, right: unknown, op = '==') => ({ match: { op, left, right } });
const dport = (protocol: string) => ({ payload: { protocol, field: 'dport' } });

test('nft: sets, ranges, states and loopback', () => {
  const filter = nft(
    'drop',
    [match({ meta: { key: 'iif' } }, 'lo'), { accept: null }],
    [match({ ct: { key: 'state' } }, ['established', 'related'], 'in'), { accept: null }],
    [match(dport('tcp'), { set: [22, { range: [80, 90] }] }), { counter: { packets: 0, bytes: 0 } }, { accept: null }],
    [match({ meta: { key: 'nfproto' } }, 'ipv6'), match(dport('th'), 443), { accept: null }],
  );
  assert.equal(answer(filter, 22), 'open');
  assert.equal(answer(filter, 80), 'open');
  assert.equal(answer(filter, 79), 'filtered');
  assert.equal(answer(filter, 22, { protocol: 'udp' }), 'filtered');
  assert.equal(answer(filter, 443), 'filtered');
  assert.equal(answer(filter, 443, { family: 6 }), 'open');
});

test('nft: verdict maps are followed, named sets and unknown expressions are doubts', () => {
  const map = (data: unknown) => [{ vmap: { key: dport('tcp'), data } }];
  const filter = nft(
    'accept',
    map({
      set: [
        [22, { drop: null }],
        [23, { jump: { target: 'x' } }],
      ],
    }),
  );
  assert.equal(answer(filter, 22), 'filtered');
  assert.equal(answer(filter, 23), 'open');
  assert.equal(answer(nft('accept', map('@m')), 22), 'cannot tell');
  assert.equal(answer(nft('accept', [match(dport('tcp'), '@ports'), { drop: null }]), 22), 'cannot tell');
  assert.equal(answer(nft('accept', [{ newthing: 1 }, { drop: null }]), 22), 'cannot tell');
  assert.equal(
    answer(nft('drop', [match({ payload: { protocol: 'ip', field: 'saddr' } }, '10.0.0.1'), { accept: null }]), 22),
    'cannot tell',
  );
});

test('nft: text that is no rule set is a doubt, never a clean answer', () => {
  for (const text of ['', 'null', '[]', '{"nftables":3}', '{"nftables":']) {
    assert.equal(filterVerdict(parseNftRuleset(text), knock(22)).answer, 'cannot tell', text);
  }
});

test('readers take any text and any JSON', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (text) => {
      parseNftRuleset(
        `{"nftables":[{"chain":{"family":"ip","hook":"input"}},{"rule":{"family":"ip","expr":${text}}}]}`,
      );
      filterVerdict(parseNftRuleset(text), knock(22));
      filterVerdict(parseIptablesSave(text, 4), knock(22));
    }),
  );
});

test('taking a rule away from a filter of drops never closes a port', () => {
  const rule = fc.constantFrom(
    'INPUT -p tcp -m tcp --dport 22 -j DROP',
    'INPUT -s 10.0.0.0/8 -j DROP',
    'INPUT -m geoip --x -j DROP',
    'INPUT -i eth0 -j DROP',
    'INPUT -m conntrack --ctstate NEW -j DROP',
  );
  const order = ['filtered', 'cannot tell', 'open'];
  fc.assert(
    fc.property(fc.array(rule, { minLength: 1, maxLength: 5 }), fc.nat(4), (rules, index) => {
      const fewer = rules.filter((_, at) => at !== index);
      assert.ok(
        order.indexOf(answer(save('ACCEPT', ...fewer), 22)) >= order.indexOf(answer(save('ACCEPT', ...rules), 22)),
      );
    }),
  );
});
