import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Exposure, type Files, type Network, type Sense, type SocketSnapshot } from '#model/host.ts';
import { probeSenses } from './senses.ts';

const files: Files = {
  read: (path) => ({ error: 'EACCES', path }),
  list: (path) => ({ error: 'EACCES', path }),
  stat: (path) => ({ error: 'ENOENT', path }),
  readlink: (path) => ({ error: 'EACCES', path }),
};

function network(snapshot: Partial<SocketSnapshot>, exposure: Exposure): Network {
  return {
    namespaces: () => [{ inode: 1, label: 'host', pid: 1 }],
    snapshot: () => Promise.resolve({ length: 3, gaps: [], by: 'sock_diag', ...snapshot }),
    exposure: () => exposure,
  } as unknown as Network;
}

async function probe(snapshot: Partial<SocketSnapshot>, exposure: Exposure): Promise<Map<string, Sense>> {
  const senses = await probeSenses({
    files,
    network: network(snapshot, exposure),
    scope: 'own',
    hearing: { ways: { logFirst: false, tag: undefined } },
  });
  return new Map(senses.map((sense) => [sense.name, sense]));
}

test('probeSenses() says what works, and why and what to do where something does not', async () => {
  const senses = await probe({}, { answer: 'open', why: 'no rule stops it' });
  assert.equal(senses.get('sockets')?.state, 'works');
  assert.equal(senses.get('rules of the packet filter')?.state, 'works');
  const owners = senses.get('owners of sockets');
  assert.deepEqual([owners?.state, /EACCES/.test(owners?.why ?? '')], ['reduced', true]);
  assert.equal(senses.get('package database')?.state, 'blind');
  assert.match(senses.get('short-lived UDP sockets')?.why ?? '', /only one network namespace/);
  for (const { state, why, next } of senses.values()) {
    assert.ok(why !== '' && (state === 'works') === (next === ''));
  }
});

test('probeSenses() calls sockets reduced when something could not be seen, or text had to be read', async () => {
  const filter: Exposure = { answer: 'cannot tell', why: 'nft is not installed' };
  const gaps = [{ what: '/proc/net/raw', why: 'EACCES' }];
  const blind = await probe({ gaps }, filter);
  assert.deepEqual(
    [blind.get('sockets')?.state, blind.get('rules of the packet filter')?.state],
    ['reduced', 'reduced'],
  );
  assert.match(blind.get('sockets')?.why ?? '', /\/proc\/net\/raw \(EACCES\)/);
  assert.equal((await probe({ by: '/proc/net' }, filter)).get('sockets')?.state, 'reduced');
});
