import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { harmless, harmlessJson, headerText, html, shorten, visible, visibleBytes } from './escape.ts';

// oxlint-disable-next-line no-control-regex -- the point of the test
const DANGEROUS = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/;

test('visible() leaves ordinary text of any language as it is', () => {
  for (const text of ['/usr/bin/nc -l 4444', 'Grüße, 日本語, Ελλάδα', String.raw`C:\temp`, '◆ ◐ · ○ → …']) {
    assert.equal(visible(text), text);
  }
});

test('visible() shows what moves the cursor, reorders, hides or imitates', () => {
  assert.equal(visible('a\u001b[2Jb'), String.raw`a\u{1b}[2Jb`);
  assert.equal(visible('line\nline\r\t'), String.raw`line\u{a}line\u{d}\u{9}`);
  assert.equal(visible('exe\u202Efdp'), String.raw`exe\u{202e}fdp`);
  assert.equal(visible('ss\u200Bhd\uFEFF'), String.raw`ss\u{200b}hd\u{feff}`);
  assert.equal(visible('a\u00a0b\u3164\u2800'), String.raw`a\u{a0}b\u{3164}\u{2800}`);
  assert.equal(visible('\u{e0041}x\ud800'), String.raw`\u{e0041}x\u{d800}`);
  assert.equal(visible('\u009b31m\u007f'), String.raw`\u{9b}31m\u{7f}`);
});

test('visible() keeps two different texts apart, also where one imitates the escape', () => {
  assert.notEqual(visible('\u001b'), visible(String.raw`\u{1b}`));
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
      assert.equal(visible(a) === visible(b), a === b);
    }),
  );
});

test('visible(), html() and headerText() never let a dangerous character through', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.doesNotMatch(visible(text), DANGEROUS);
      assert.doesNotMatch(html(text), /[<>"'`]/);
      assert.doesNotMatch(headerText(text), DANGEROUS);
    }),
  );
});

test('visibleBytes() shows invalid UTF-8 byte by byte, so that two names differ', () => {
  assert.equal(visibleBytes(Buffer.from([0x61, 0xff, 0x62])), String.raw`a\xffb`);
  assert.equal(visibleBytes(Buffer.from([0xc0, 0xaf])), String.raw`\xc0\xaf`);
  assert.equal(visibleBytes(Buffer.from([0xed, 0xa0, 0x80])), String.raw`\xed\xa0\x80`);
  assert.equal(visibleBytes(Buffer.from([0xe2, 0x82])), String.raw`\xe2\x82`);
  assert.notEqual(visibleBytes(Buffer.from([0xff])), visibleBytes(Buffer.from(String.raw`\xff`)));
  assert.equal(visibleBytes(Buffer.from('Grüße \u{1f600}')), 'Grüße \u{1f600}');
});

test('visibleBytes() agrees with visible() on every well-formed text, and keeps any two byte strings apart', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      assert.equal(visibleBytes(Buffer.from(text)), visible(text));
    }),
  );
  const bytes = fc.uint8Array({ maxLength: 12 });
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      assert.equal(visibleBytes(a) === visibleBytes(b), Buffer.compare(a, b) === 0);
    }),
  );
});

test('html() turns markup into text', () => {
  assert.equal(html('<script>&"\''), '&#60;script&#62;&#38;&#34;&#39;');
});

test('harmlessJson() is the same value, and nothing in it acts on a terminal', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const line = harmlessJson({ text });
      assert.doesNotMatch(line, DANGEROUS);
      assert.deepEqual(JSON.parse(line), { text });
    }),
  );
  assert.equal(harmlessJson('\u202e\u{e0041}'), String.raw`"\u202e\udb40\udc41"`);
});

test('shorten() cuts between characters, never inside one', () => {
  assert.equal(shorten('abcdef', 4), 'abc…');
  assert.equal(shorten('abcd', 4), 'abcd');
  assert.equal(shorten('\u{1f600}\u{1f600}\u{1f600}', 2), '\u{1f600}…');
  assert.equal(shorten('\u{1f600}\u{1f600}', 2), '\u{1f600}\u{1f600}');
});

test('harmless() changes nothing in what is visible already, and lets nothing else through', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.equal(harmless(visible(text)), visible(text));
      assert.doesNotMatch(harmless(text), DANGEROUS);
    }),
  );
});
