import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { makeNetns } from '#test/lab/netns.ts';
import { needsRoot } from '#test/lab/skip.ts';

const root = join(import.meta.dirname, '../..');
const NFT = '/usr/sbin/nft';
const skip = needsRoot() || (!existsSync(NFT) && 'needs nftables');
const ASK =
  "const { nftGeneration, nftHasTables } = await import('#host/nft-generation.ts'); console.log(nftGeneration() > 1, nftHasTables());";

test('a table is seen where one stands, and not where one stood', { skip }, async () => {
  await using net = await makeNetns();
  const ask = async (): Promise<string> => {
    const file = join(root, 'bin/node');
    const ran = await net.run('/bin/sh', [
      '-c',
      'cd "$1" && exec sh "$2" --input-type=module -e "$3"',
      'sh',
      root,
      file,
      ASK,
    ]);
    return ran.stdout.trim() || ran.stderr;
  };
  assert.equal(await ask(), 'false false');
  for (const family of ['inet', 'arp']) {
    await net.run(NFT, ['add', 'table', family, 'door']);
    assert.equal(await ask(), 'true true', family);
    await net.run(NFT, ['delete', 'table', family, 'door']);
    assert.equal(await ask(), 'true false');
  }
});
