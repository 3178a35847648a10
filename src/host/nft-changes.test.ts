import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { makeNetns } from '#test/lab/netns.ts';
import { needsRoot } from '#test/lab/skip.ts';

const root = join(import.meta.dirname, '../..');
const NFT = '/usr/sbin/nft';
const skip = needsRoot() || (!existsSync(NFT) && 'needs nftables');
const HEAR = `
const { hearRulesetChanges } = await import('#host/nft-changes.ts');
const { execFileSync } = await import('node:child_process');
const stop = new AbortController();
const refused = hearRulesetChanges((by) => {
  console.log(by.comm, by.pid > 1);
  stop.abort();
}, stop.signal);
if (refused) console.log(refused.error);
execFileSync('${NFT}', ['add', 'table', 'inet', 'door']);`;

test('a change of the rules is heard, with the process that made it', { skip }, async () => {
  await using net = await makeNetns();
  const script = 'cd "$1" && exec sh "$2" --input-type=module -e "$3"';
  const ran = await net.run('/bin/sh', ['-c', script, 'sh', root, join(root, 'bin/node'), HEAR]);
  assert.equal(ran.stdout.trim() || ran.stderr, 'nft true');
});
