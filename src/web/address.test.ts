import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseListenAddress, webUrl } from './address.ts';

test('parseListenAddress() reads the four forms', () => {
  assert.deepEqual(parseListenAddress('none'), { kind: 'none' });
  assert.deepEqual(parseListenAddress('127.0.0.1:7777'), { kind: 'tcp', host: '127.0.0.1', port: 7777 });
  assert.deepEqual(parseListenAddress('[::1]:0'), { kind: 'tcp', host: '::1', port: 0 });
  assert.deepEqual(parseListenAddress('unix:/run/telltale/web.sock'), { kind: 'unix', path: '/run/telltale/web.sock' });
});

test('parseListenAddress() refuses everything else', () => {
  const wrong = [
    '',
    '7777',
    ':7777',
    '127.0.0.1',
    '127.0.0.1:65536',
    '127.0.0.1:-1',
    '::1:7777',
    '[zz]:1',
    'a b:1',
    'unix:x',
  ];
  for (const text of [...wrong, `unix:/${'x'.repeat(107)}`, 'unix:/a\0b'])
    assert.equal(parseListenAddress(text), undefined, text);
});

test('webUrl() is what a browser opens, also where every address is bound', () => {
  assert.equal(webUrl({ kind: 'tcp', host: '0.0.0.0', port: 80 }), 'http://127.0.0.1:80');
  assert.equal(webUrl({ kind: 'tcp', host: '::1', port: 80 }), 'http://[::1]:80');
  assert.equal(webUrl({ kind: 'unix', path: '/x' }), 'unix:/x');
  assert.equal(webUrl({ kind: 'none' }), '');
});
