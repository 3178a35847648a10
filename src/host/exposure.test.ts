import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Exposure, Files } from '#model/host.ts';
import { makeNetns } from '#test/lab/netns.ts';
import { needsRoot } from '#test/lab/skip.ts';
import { openExposure, type RunProgram } from './exposure.ts';
import { parseGeneration } from './nft-generation.ts';

const root = join(import.meta.dirname, '../..');
const missing = (path: string) => ({ error: 'ENOENT', path });
const noFiles: Files = { read: missing, list: missing, stat: missing, readlink: missing };

function exposed(run: RunProgram, generation: () => number | { error: string; path: string }) {
  let nowMs = 0;
  const at = openExposure({
    files: noFiles,
    clock: { monotonicMs: () => nowMs },
    within: (_namespace, act) => act(),
    run,
    generation,
    hasTables: () => true,
  });
  return {
    ask: (port: number, address = '0.0.0.0') => at({ namespace: 1, protocol: 'tcp', address, port }),
    pass: (ms: number) => void (nowMs += ms),
  };
}

test('loopback is local, whatever the rules', () => {
  const { ask } = exposed(
    () => undefined,
    () => missing('nf_tables'),
  );
  for (const address of ['127.0.0.1', '127.3.2.1', '::1', '::ffff:127.0.0.1'])
    assert.equal(ask(22, address).answer, 'local');
});

test('where no rule was ever made nothing is run and every port is open', () => {
  const { ask } = exposed(
    () => assert.fail('run'),
    () => 1,
  );
  assert.equal(ask(22).answer, 'open');
});

test('rules that cannot be read are a doubt', () => {
  const { ask } = exposed(
    () => undefined,
    () => 2,
  );
  assert.equal(ask(22).answer, 'cannot tell');
  assert.match(ask(22).why, /nftables/);
});

test('rules are read again only when their generation changes', () => {
  let generation = 2;
  let runs = 0;
  const { ask, pass } = exposed(
    () => {
      runs += 1;
      return '{"nftables":[]}';
    },
    () => generation,
  );
  ask(22);
  pass(3_600_000);
  assert.equal(ask(22).answer, 'open');
  assert.equal(runs, 1);
  generation = 3;
  ask(22);
  assert.equal(runs, 1, 'asked at most once a second');
  pass(1000);
  ask(22);
  assert.equal(runs, 2);
});

test('our own answers close no door, and a rule that is not understood is quoted as nft writes it', () => {
  const table = (name: string) => [
    { chain: { family: 'inet', table: name, name: 'in', hook: 'input', prio: 0, policy: 'accept' } },
    {
      rule: {
        family: 'inet',
        table: name,
        chain: 'in',
        expr: [
          {
            match: {
              op: '==',
              left: { '&': [{ payload: { protocol: 'tcp', field: 'flags' } }, ['syn', 'ack']] },
              right: 'syn',
            },
          },
          { drop: null },
        ],
      },
    },
  ];
  const asked = (name: string) =>
    exposed(
      () => JSON.stringify({ nftables: table(name) }),
      () => 2,
    ).ask(22);
  assert.deepEqual(asked('telltale-answers-0123456789ab'), {
    answer: 'open',
    why: 'no rule of the packet filter stops it',
  });
  const theirs = { answer: 'cannot tell', why: 'not understood: "tcp flags & syn | ack syn drop"' };
  assert.deepEqual(asked('telltale-answers-else'), theirs);
});

test('parseGeneration() refuses what is no answer', () => {
  assert.deepEqual(parseGeneration(Buffer.alloc(3)), { error: 'EBADMSG', path: 'nf_tables' });
  assert.deepEqual(parseGeneration(Buffer.alloc(64)), { error: 'ENOTSUP', path: 'nf_tables' });
});

const noNft = existsSync('/usr/sbin/nft') ? false : 'needs nft (apt-get install nftables)';

test('real rules of nft, changed while we watch', { skip: needsRoot() || noNft }, async () => {
  await using net = await makeNetns();
  const ask = async (): Promise<Exposure> => {
    const ran = await net.run(process.execPath, [join(root, 'test/lab/ask-exposure.ts'), '4444']);
    assert.equal(ran.code, 0, ran.stderr);
    return JSON.parse(ran.stdout) as Exposure;
  };
  const nft = async (...words: string[]) =>
    assert.equal((await net.run('/usr/sbin/nft', words)).code, 0, words.join(' '));
  assert.equal((await ask()).answer, 'open');
  await nft('add', 'table', 'inet', 'f');
  await nft('add chain inet f input { type filter hook input priority 0; policy drop; }');
  assert.equal((await ask()).answer, 'filtered');
  await nft('add rule inet f input ip saddr 10.0.0.0/8 tcp dport 4444 accept');
  const some = await ask();
  assert.equal(some.answer, 'cannot tell');
  assert.match(some.why, /10\.0\.0\.0\/8/);
  await nft('add rule inet f input tcp dport { 22, 4000-5000 } accept');
  assert.equal((await ask()).answer, 'open');
});
