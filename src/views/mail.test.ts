import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  HOSTILE,
  hostileAlert,
  incidentOfTwo,
  makeAlert,
  makeIncident,
  makeNotice,
  NIGHT_MS,
} from '#test/lab/notices.ts';
import { words, wordsFor } from './words.ts';

test('the subject is the host, the gravest sign and what happened', () => {
  assert.equal(words.subject(makeNotice()), 'web-03 ◆ nc opened port 4444 to every address');
  assert.equal(
    words.subject(makeNotice(incidentOfTwo(), { update: true })),
    'Re: web-03 ◆ nc opened port 4444 to every address (and 1 more)',
  );
  const closed = makeNotice([makeAlert({ state: 'closed', closedMs: NIGHT_MS + 5 })], { update: true });
  assert.equal(words.subject(closed), 'Re: web-03 ○ nc opened port 4444 to every address');
  assert.match(words.subject(makeNotice(undefined, { suppressed: 14 })), /\[and 14 further changes\]$/);
});

test('commands are spelt as they are typed where the mail comes from', () => {
  const notice = makeNotice([makeAlert({}, { next: "telltale sockets port 4444; ls -l '/x; telltale y'" })]);
  const there = wordsFor('/srv/telltale/bin/telltale');
  for (const mail of [there.text(notice), there.html(notice)]) {
    assert.match(mail, /\/srv\/telltale\/bin\/telltale sockets port 4444; ls -l/);
    assert.match(mail, /\/srv\/telltale\/bin\/telltale accept /);
    assert.match(mail, /\/srv\/telltale\/bin\/telltale changes/);
    assert.match(mail, /x; telltale y/, 'a quoted name is no command');
  }
});

test('a subject is one short line whatever the title is', () => {
  for (const title of [HOSTILE, '\r\nBcc: x@example.org', 'y'.repeat(100_000)]) {
    const alert = makeAlert({ host: title }, { title });
    const subject = words.subject(makeNotice([alert]));
    assert.doesNotMatch(subject, /[\p{Cc}\u202e]/u);
    assert.ok(subject.length < 300);
  }
});

test('the text tells what is only summed up, and is the same whenever it is told', () => {
  const text = words.text(makeNotice(incidentOfTwo(), { suppressed: 14 }));
  assert.match(text, /^14 further changes are only summed up here\. All are recorded: telltale changes$/m);
  assert.doesNotMatch(text, / ago/);
  assert.equal(text, words.text(makeNotice(incidentOfTwo(), { suppressed: 14 })));
});

test('the last message for now says until when, and lists the others by sign, id and title', () => {
  const [one = makeAlert(), two = makeAlert()] = incidentOfTwo();
  const notice = makeNotice([one], { suppressed: 9, others: [two, hostileAlert()], silentUntilMs: NIGHT_MS });
  const text = words.text(notice);
  assert.match(text, /^This channel's limit is reached: it is silent until \d+ \w+ \d{4}, \d\d:\d\d:\d\d/);
  assert.match(text, /^Also changed:\n[◆◐·○] [0-9a-f]{6} {2}/m);
  assert.match(text, /^and 7 more$/m);
  assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\u202e]/u);
  const page = words.html(notice);
  assert.match(page, /Also changed/);
  assert.match(page, /and 7 more/);
  assert.doesNotMatch(page, /<script/i);
});

test('more than twenty alerts are counted, not listed', () => {
  const alerts = Array.from({ length: 50 }, (_, index) =>
    makeAlert({ id: `019aa3c5-70d8-7c3e-9f64-0b7f5a${100000 + index}` }),
  );
  const notice = makeNotice(alerts, { incident: makeIncident(alerts, { count: 10_000 }) });
  assert.equal(words.text(notice).match(/^ {2}accept/gm)?.length, 20);
  assert.match(words.text(notice), /10,000 alerts, all of one parent process; 9,980 not listed here\./);
  assert.match(words.html(notice), /9,980 not listed here/);
});

test('the HTML has no script, fetches nothing, and takes no markup from outside', () => {
  for (const notice of [makeNotice(), makeNotice([hostileAlert()]), makeNotice([hostileAlert(), makeAlert()])]) {
    const page = words.html(notice);
    const tags = new Set([...page.matchAll(/<\/?([a-z0-9!]+)/gi)].map((match) => match[1]?.toLowerCase()));
    const allowed = '!doctype html head meta title style body table tr td span h1 h2 p pre'.split(' ');
    assert.deepEqual(
      [...tags].filter((tag) => !allowed.includes(tag ?? '')),
      [],
    );
    assert.doesNotMatch(page, /\b(?:src|href|on[a-z]+|url)\s*[=(]/i);
    assert.doesNotMatch(page.replaceAll('\n', ''), /[\p{Cc}\u202e\u200b\u2028\ud800]/u);
    // Escaped once: the backslash of an escape is not escaped again.
    assert.doesNotMatch(page, /\\u\{5c\}u\{1b\}/);
  }
});

test('every colour of the HTML has a dark one in its place', () => {
  const notice = { ...makeNotice([makeAlert(), makeAlert()]), suppressed: 2, silentUntilMs: 1 };
  const [, style = '', body = ''] = /<style>(.*)<\/style>(.*)/s.exec(words.html(notice)) ?? [];
  const used = new Set(body.match(/(?:color|background):#[0-9a-f]{6}|solid #[0-9a-f]{6}/g));
  assert.ok(used.size >= 6);
  for (const colour of used) assert.ok(style.includes(`[style*="${colour}"]{`), colour);
});

test('every attribute in the HTML is ours', () => {
  const page = words.html(makeNotice([hostileAlert('" onmouseover="x" style="background:url(//e)')]));
  for (const [, attributes = ''] of page.matchAll(/<[a-z0-9]+((?:\s+[a-z-]+="[^"]*")*)\s*>/gi)) {
    assert.doesNotMatch(attributes, /onmouseover|\/\/e/);
  }
});
