import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outsideScan } from '#rules/scan-sample.ts';
import { meaning } from '#rules/scan-words.ts';
import { withSender } from './sender.ts';

function fakeSenders() {
  const asked: string[] = [];
  const known = (address: string) => ({
    name: 'scan-7.example.net',
    network: `${address} net`,
    operator: 'AS64500 Example Net',
    country: 'NL',
  });
  return {
    asked,
    host: { senders: { known, ask: (address: string) => void asked.push(address), gaps: [], named: 0 } },
  };
}

test('a scanner’s row gets what is known of it, and its name is asked for', () => {
  const { asked, host } = fakeSenders();
  const row = withSender(host, outsideScan);
  assert.deepEqual(asked, ['198.51.100.7']);
  assert.deepEqual([row.name, row.network, row.country], ['scan-7.example.net', '198.51.100.7 net', 'NL']);
  assert.match(
    meaning(row),
    /Its network calls it "scan-7\.example\.net" \(which it may choose freely\), and belongs to/,
  );
  assert.doesNotMatch(meaning(outsideScan), /Its network/);
});

test('borrowed and countless addresses are asked for by nobody', () => {
  const { asked, host } = fakeSenders();
  for (const form of ['decoys', 'flood', 'outbound', 'distributed'])
    assert.equal(withSender(host, { ...outsideScan, form, addresses: ['198.51.100.0/24'] }).name, '');
  assert.deepEqual(asked, []);
  // Of a group's network it is said who runs it.
  assert.equal(
    withSender(host, { ...outsideScan, form: 'distributed', addresses: ['198.51.100.0/24'] }).operator,
    'AS64500 Example Net',
  );
  withSender(host, { ...outsideScan, form: 'decoys', likely: '198.51.100.9' });
  assert.deepEqual(asked, ['198.51.100.9']);
});
