import assert from 'node:assert/strict';
import { test } from 'node:test';
import { laterWords, senderWords } from './sender.ts';

test('a name stands in quotes: it is what its network claims', () => {
  assert.equal(
    senderWords({
      name: 'scan-7.example.net',
      network: '198.51.100.0/24',
      operator: 'AS64500 Example Net',
      country: 'Netherlands (NL)',
    }),
    '"scan-7.example.net", AS64500 Example Net, Netherlands (NL)',
  );
  // In the facts of an alert it has a longer name.
  assert.equal(senderWords({ reverseName: 'a.example', network: '10.0.0.0/24 (private)' }), '"a.example", private');
  assert.equal(senderWords({ network: '198.51.100.0/24' }), '');
});

test('what it did later', () => {
  const deed = (what: 'again' | 'back' | 'inside') => ({ what, alert: 'a', timeMs: 1 });
  assert.equal(laterWords(), '');
  assert.equal(
    laterWords([deed('again'), deed('back'), deed('again'), deed('inside')]),
    'scanned again 2 times, came back for what it found, LOGGED IN',
  );
  assert.equal(laterWords([deed('again')]), 'scanned again');
});
