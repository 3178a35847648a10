import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import test from 'node:test';
import type { Alert } from '#model/finding.ts';
import { makeNetns } from '#test/lab/netns.ts';
import { needsRoot } from '#test/lab/skip.ts';
import drill from './firewall-chain.ts';

const SCRIPT = `
import drill from '${import.meta.dirname}/firewall-chain.ts';
import { execFileSync } from 'node:child_process';
const list = () => execFileSync('/usr/sbin/nft', ['list', 'tables'], { encoding: 'utf8' }).trim();
const act = await drill.act({ own: new Set() }, AbortSignal.timeout(5000));
const during = list();
await act[Symbol.asyncDispose]();
console.log(JSON.stringify([during, list()]));
`;

test('the chain is there and goes again, in a namespace of its own', {
  skip: needsRoot() || (existsSync('/usr/sbin/nft') ? false : 'needs nftables'),
}, async () => {
  await using net = await makeNetns();
  const { stdout, stderr } = await net.run(process.execPath, ['--input-type=module', '-e', SCRIPT]);
  assert.equal(stdout.trim(), JSON.stringify(['table inet rehearsal-of-telltale', '']), stderr);
});

test('the drill can be stopped before it began', async () => {
  await assert.rejects(drill.act({ own: new Set() }, AbortSignal.abort()));
  const alert = { finding: { rule: 'firewall-changed', facts: { table: 'other' } } } as unknown as Alert;
  assert.equal(alert.finding.rule, drill.rules[0]);
});
