import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromOwnPage, hostAllowed } from './guard.ts';

test('hostAllowed() takes addresses, localhost and our own name', () => {
  for (const host of [
    '127.0.0.1:7777',
    '127.0.0.1',
    '10.0.0.4:80',
    '[::1]:7777',
    'localhost:8888',
    'LOCALHOST',
    'web-03:7777',
  ]) {
    assert.equal(hostAllowed(host, 'web-03'), true, host);
  }
});

test('hostAllowed() refuses every other name: it may be a rebound one', () => {
  const wrong = [
    '',
    'evil.example',
    'evil.example:7777',
    '127.0.0.1.evil.example',
    'localhost.evil.example:7777',
    'localhost:1:2',
  ];
  for (const host of [...wrong, '[evil]:1', 'a@127.0.0.1', '127.0.0.1:x', '2130706433', '::1']) {
    assert.equal(hostAllowed(host, 'web-03'), false, host);
  }
});

test('fromOwnPage() believes Sec-Fetch-Site, else Origin', () => {
  const from = (headers: Record<string, string>): boolean =>
    fromOwnPage(new Headers({ host: '127.0.0.1:7777', ...headers }));
  assert.equal(from({ 'sec-fetch-site': 'same-origin' }), true);
  assert.equal(from({ 'sec-fetch-site': 'same-site' }), false);
  assert.equal(from({ 'sec-fetch-site': 'cross-site', origin: 'http://127.0.0.1:7777' }), false);
  assert.equal(from({ 'sec-fetch-site': 'none' }), false);
  assert.equal(from({ origin: 'http://127.0.0.1:7777' }), true);
  assert.equal(from({ origin: 'http://127.0.0.1:9999' }), false);
  assert.equal(from({ origin: 'null' }), false);
  assert.equal(from({}), true);
});
