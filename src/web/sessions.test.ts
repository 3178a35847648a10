import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SESSION_IDLE_MS, SESSION_MAX_MS, SESSIONS_MAX, Sessions } from './sessions.ts';

function make(): { sessions: Sessions; readonly pass: (ms: number) => void } {
  let nowMs = 1000;
  const sessions = new Sessions({ monotonicMs: () => nowMs });
  return {
    sessions,
    pass: (ms) => {
      nowMs += ms;
    },
  };
}

test('a session opens with both of its secrets and with no other', () => {
  const { sessions } = make();
  const one = sessions.start(false);
  const two = sessions.start(false);
  assert.ok(sessions.find(one));
  assert.equal(sessions.find({ session: one.session, key: two.key }), undefined);
  assert.equal(sessions.find({ session: one.session, key: '' }), undefined);
  assert.equal(sessions.find({ session: '', key: '' }), undefined);
});

test('a session ends when unused, after a week also when used, and when told', () => {
  const { sessions, pass } = make();
  const unused = sessions.start(false);
  pass(SESSION_IDLE_MS);
  assert.equal(sessions.find(unused), undefined);
  const used = sessions.start(false);
  for (let passedMs = 0; passedMs < SESSION_MAX_MS - SESSION_IDLE_MS; passedMs += SESSION_IDLE_MS / 2) {
    assert.ok(sessions.find(used));
    pass(SESSION_IDLE_MS / 2);
  }
  pass(SESSION_IDLE_MS);
  assert.equal(sessions.find(used), undefined);
  const told = sessions.start(false);
  sessions.end(sessions.find(told)?.id ?? '');
  assert.equal(sessions.find(told), undefined);
});

test('a password may be set only for a while after a one-time link', () => {
  const { sessions, pass } = make();
  const byPassword = sessions.find(sessions.start(false));
  const byLink = sessions.find(sessions.start(true));
  assert.ok(byPassword && byLink);
  assert.equal(sessions.maySetPassword(byPassword), false);
  assert.equal(sessions.maySetPassword(byLink), true);
  pass(15 * 60_000);
  assert.equal(sessions.maySetPassword(byLink), false);
});

test('sessions are bounded: the one unused for longest gives way', () => {
  const { sessions, pass } = make();
  const first = sessions.start(false);
  const rest = Array.from({ length: SESSIONS_MAX - 1 }, () => {
    pass(1);
    return sessions.start(false);
  });
  assert.ok(sessions.find(first));
  sessions.start(false);
  assert.ok(sessions.find(first));
  assert.equal(sessions.find(rest[0] ?? first), undefined);
});

test('endOthers() leaves one', () => {
  const { sessions } = make();
  const other = sessions.start(false);
  const mine = sessions.start(true);
  sessions.endOthers(sessions.find(mine)?.id ?? '');
  assert.ok(sessions.find(mine));
  assert.equal(sessions.find(other), undefined);
});
