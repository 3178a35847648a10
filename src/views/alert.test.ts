import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostileAlert, incidentOfTwo, makeAlert, makeIncident, NIGHT_MS } from '#test/lab/notices.ts';
import { alertBlock, alertLine } from './alert.ts';
import { changeLines, incidentBlock } from './incident.ts';
import { glyph, gravestSign, signOfAlert } from './sign.ts';

const VIEW = { nowMs: NIGHT_MS + 12_000, timeZone: 'UTC' };

test('a block says what, who, when, why, what next and how to accept it', () => {
  assert.equal(
    alertBlock(makeAlert(), VIEW),
    [
      '◆ nc opened port 4444 to every address',
      '  who     www-data (uid 33) ran /tmp/.x/nc, pid 4242, started 02:14:30',
      '  as      /tmp/.x/nc -l -p 4444 -e /bin/sh',
      '  from    sh (4100) ← php-fpm8.2 (801) ← systemd (1)',
      '  in      unit php8.2-fpm.service',
      '  peer    203.0.113.9 port 51234',
      '  when    21 November 2026, 02:14:31 +00:00 (12 s ago)',
      '  why     Started by www-data from /tmp/.x/nc, a file written 9 s earlier in a',
      '          folder that anyone may write to. No package owns it.',
      "  next    ss -tnp 'sport = :4444'; ls -l /proc/4242/exe",
      "  accept  telltale accept 1c2d3e -m 'reason'",
    ].join('\n'),
  );
});

test('of what is over no step asks /proc of its process', () => {
  const block = alertBlock(makeAlert({ state: 'closed', closedMs: NIGHT_MS }), VIEW);
  assert.match(block, /^ {2}next {4}ss -tnp 'sport = :4444'$/m);
});

test('what could not be told is left out, never shown as empty', () => {
  const { who, source, ...finding } = makeAlert().finding;
  const block = alertBlock({ ...makeAlert(), finding }, VIEW);
  assert.ok(who && source);
  assert.doesNotMatch(block, /^ {2}(?:who|as|from|in|peer)\b/m);
});

test('one line: sign, short id, title, how often, when, and the state where it is not open', () => {
  assert.equal(alertLine(makeAlert(), VIEW), '◆ 1c2d3e  nc opened port 4444 to every address, 12 s ago');
  assert.equal(
    alertLine(makeAlert({ state: 'closed', count: 12, closedMs: NIGHT_MS + 10_000 }), { ...VIEW, ascii: true }),
    '- 1c2d3e  nc opened port 4444 to every address (12 times), 12 s ago, closed 2 s ago',
  );
  assert.match(alertLine(makeAlert({ explainedBy: 'apt run' }), VIEW), /^○ .*explained: apt run$/);
  const quieted = { verb: 'mute', by: 'marta', atMs: NIGHT_MS, reason: 'ticket 4411', untilMs: 0 } as const;
  assert.match(alertLine(makeAlert({ state: 'muted', quieted }), VIEW), /muted by marta: ticket 4411$/);
});

test('a block in ASCII has no sign, arrow or dots beyond ASCII', () => {
  assert.match(alertBlock(makeAlert(), { ...VIEW, ascii: true }), /^[\n -~]+$/);
});

test('an incident says what joins its alerts, and how many are not listed', () => {
  const two = incidentOfTwo();
  assert.match(incidentBlock(makeIncident(two), two, VIEW), /^2 alerts, all of one parent process\.\n\n◆/);
  const many = makeIncident(two, { count: 10_000, title: 'nc opened 10,000 ports' });
  assert.match(
    changeLines({ incident: many, alerts: two }, VIEW).join('\n'),
    /^◆ nc opened 10,000 ports: 10,000 alerts, all of one parent process; 9,998 not listed here\.\n {2}◆/,
  );
  assert.deepEqual(changeLines({ incident: makeIncident([makeAlert()]), alerts: [makeAlert()] }, VIEW), [
    alertLine(makeAlert(), VIEW),
  ]);
});

test('hostile text cannot break a line, move the cursor, reorder or hide', () => {
  const alert = hostileAlert();
  const incident = makeIncident([alert, alert], { cause: `session:${alert.finding.title}` });
  for (const text of [alertBlock(alert, VIEW), alertLine(alert, VIEW), incidentBlock(incident, [alert], VIEW)]) {
    assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\u202e\u200b\u2028\ud800]/u);
    assert.doesNotMatch(text, /^Bcc/m);
  }
  assert.equal(alertLine(alert, VIEW).split('\n').length, 1);
});

test('endless text is bounded', () => {
  const alert = hostileAlert('x'.repeat(1_000_000));
  assert.ok(alertBlock(alert, VIEW).length < 10_000);
});

test('the sign follows severity, state and explanation; the gravest leads', () => {
  assert.equal(signOfAlert(makeAlert()), 'act');
  assert.equal(signOfAlert(makeAlert({ state: 'closed' })), 'settled');
  assert.equal(gravestSign(incidentOfTwo().toReversed()), 'act');
  assert.equal(gravestSign([]), 'settled');
  assert.deepEqual(['act', 'watch', 'note', 'settled'].map((sign) => glyph(sign as 'act')).join(''), '◆◐·○');
  assert.deepEqual(['act', 'watch', 'note', 'settled'].map((sign) => glyph(sign as 'act', true)).join(''), '!?.-');
});
