import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostAt, plant } from '#test/lab/host-at.ts';
import { makeTemp } from '#test/lab/temp.ts';
import { openFilter } from './filter-rules.ts';

const signal = AbortSignal.timeout(5000);

test('the programs of the filter are asked for what they know, and a missing one is a gap', async () => {
  await using temp = await makeTemp();
  plant(temp.path, { 'proc/thread-self/net/ip_tables_names': 'filter\n' });
  const { files } = hostAt(temp.path);
  const asked: string[] = [];
  const says: Record<string, string> = { '/usr/sbin/nft': '{"xt":1}', '/usr/sbin/iptables-nft-save': 'four' };
  const ask = (program: string): Promise<string | undefined> => {
    asked.push(program);
    return Promise.resolve(says[program]);
  };
  const { nft, saved, gaps } = await openFilter(files, { ask, generation: () => 7, hasTables: () => true }).rules(
    signal,
  );
  assert.equal(nft, '{"xt":1}');
  assert.deepEqual(saved, [{ family: 4, legacy: false, text: 'four' }]);
  assert.deepEqual(asked, [
    '/usr/sbin/nft',
    '/usr/sbin/iptables-nft-save',
    '/usr/sbin/iptables-legacy-save',
    '/usr/sbin/ip6tables-nft-save',
  ]);
  assert.deepEqual(
    gaps.map(({ what }) => what),
    ['old rules of iptables'],
  );
});

test('where no rule was ever made, or no table stands, nothing is run; without nft there is a gap', async () => {
  await using temp = await makeTemp();
  const { files } = hostAt(temp.path);
  const never = (): Promise<string | undefined> => Promise.reject(new Error('was run'));
  for (const [generation, hasTables] of [
    [1, true],
    [9, false],
  ] as const) {
    const filter = openFilter(files, { ask: never, generation: () => generation, hasTables: () => hasTables });
    assert.deepEqual(await filter.rules(signal), { nft: '', saved: [], gaps: [] });
  }
  const none = await openFilter(files, {
    ask: () => Promise.resolve(undefined),
    generation: () => ({ error: 'EPERM', path: '' }),
    hasTables: () => true,
  }).rules(signal);
  assert.deepEqual(
    none.gaps.map(({ what }) => what),
    ['rules of nf_tables'],
  );
});
