import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Asker, type Desk, type Pushed, VerbError } from '#model/verbs.ts';
import { openGate, WAITING_MAX } from './gate.ts';
import type { Credentials, LoggedIn, ToChild } from './messages.ts';
import { Sessions } from './sessions.ts';

interface Rig {
  readonly asked: [string, unknown][];
  readonly askers: Asker[];
  readonly ask: (verb: string, args?: unknown, who?: Credentials) => Promise<ToChild>;
  readonly push: (pushed: Pushed) => ToChild | undefined;
  readonly following: () => number;
  readonly sessions: Sessions;
  /** The next so many messages find the pipe full. */
  readonly clog: (times: number) => void;
}

const nobody = { session: '', key: '' };
const look: Pushed = { type: 'look', table: 'sockets', nowMs: 1 };

function rig(answer: (verb: string) => unknown = () => ({ ok: true, passwordSet: true, waitMs: 0 })): Rig {
  const asked: [string, unknown][] = [];
  const askers: Asker[] = [];
  const followers = new Set<(pushed: Pushed) => void>();
  const sent: ToChild[] = [];
  let full = 0;
  const sessions = new Sessions({ monotonicMs: () => 1000 });
  const desk = {
    ask: async (verb: string, args: unknown) => {
      asked.push([verb, args]);
      return await Promise.resolve(answer(verb));
    },
  } as unknown as Desk;
  const gate = openGate({
    sessions,
    deskFor: (asker) => {
      askers.push(asker);
      return desk;
    },
    follow: (on) => {
      followers.add(on);
      return () => followers.delete(on);
    },
    send: (message) => {
      full -= 1;
      if (full < 0) sent.push(message);
      return full < 0;
    },
  });
  let id = 0;
  return {
    asked,
    askers,
    sessions,
    clog: (times) => {
      full = times;
    },
    following: () => followers.size,
    ask: async (verb, args = {}, who = nobody) => {
      id += 1;
      await gate.take({ type: 'ask', id, who, verb, args });
      return sent.at(-1) as ToChild;
    },
    push: (pushed) => {
      const before = sent.length;
      for (const follower of followers) follower(pushed);
      return sent[before];
    },
  };
}

const codeOf = (message: ToChild): string =>
  message.type === 'refusal' ? message.code : `no refusal but ${message.type}`;

test('without a session nothing is asked of the desk but how to log in', async () => {
  const { ask, asked } = rig();
  for (const verb of [
    'status',
    'changes',
    'rows',
    'accept',
    'web.password.set',
    'follow',
    'session.look',
    'baseline.delete',
  ]) {
    assert.equal(codeOf(await ask(verb)), 'LOGGED-OUT', verb);
  }
  assert.deepEqual(asked, []);
});

test('with a session only the listed verbs are asked, in the name of the page', async () => {
  const { ask, asked, askers, sessions } = rig();
  const who = sessions.start(false);
  assert.equal((await ask('status', {}, who)).type, 'answer');
  for (const verb of [
    'baseline.delete',
    'baseline.generate',
    'web.link',
    'check',
    'verify',
    'constructor',
    '__proto__',
  ]) {
    assert.equal(codeOf(await ask(verb, {}, who)), 'NOT-ALLOWED', verb);
  }
  assert.deepEqual(asked, [['status', {}]]);
  assert.deepEqual(askers, [{ name: 'web', uid: -1, via: 'web' }]);
});

test('arguments of the wrong shape do not reach the desk', async () => {
  const { ask, asked, sessions } = rig();
  const who = sessions.start(false);
  const wrong: [string, unknown][] = [
    ['show', { id: '../../etc' }],
    ['show', { id: 'x', more: 1 }],
    ['ack', { ids: [], reason: 'x' }],
    ['ack', { ids: Array.from({ length: 501 }, () => 'a'), reason: 'x' }],
    ['mute', { ids: ['a'], reason: ' ', untilMs: 1, dryRun: false }],
    ['accept', { ids: ['a'], reason: 'x', untilMs: 0, dryRun: false, scope: 'everything' }],
    ['rows', { table: 'Sockets' }],
    ['changes', null],
  ];
  for (const [verb, args] of wrong)
    assert.equal(codeOf(await ask(verb, args, who)), 'BAD-ARGUMENTS', JSON.stringify(args));
  assert.deepEqual(asked, []);
});

test('an answer waits until there is room on the pipe; what is pushed is only counted', async () => {
  const { ask, sessions, clog } = rig(() => ({ ok: true }));
  clog(3);
  const answer = await ask('status', {}, sessions.start(false));
  assert.deepEqual(answer, { type: 'answer', id: 1, result: { ok: true } });
});

test('of what was quieted the page gets the number, however many it were', async () => {
  const alerts = Array.from({ length: 10_000 }, () => ({ finding: { why: 'x'.repeat(1000) } }));
  const { ask, sessions } = rig(() => ({ alerts, alsoQuiets: { count: 0, titles: [] }, dryRun: false }));
  const answer = await ask('ack', { ids: ['incident'], reason: 'seen' }, sessions.start(false));
  const wanted = { count: 10_000, alsoQuiets: { count: 0, titles: [] }, dryRun: false };
  assert.deepEqual(answer.type === 'answer' && answer.result, wanted);
});

test('logging in gives credentials that work; a wrong password gives none', async () => {
  let ok = false;
  const { ask } = rig(() => ({ ok, waitMs: 5, passwordSet: true }));
  const refused = await ask('web.password.check', { password: 'x' });
  assert.deepEqual(refused.type === 'answer' && refused.result, { ok: false, passwordSet: true, waitMs: 5 });
  ok = true;
  const answer = await ask('web.redeem', { token: 't' });
  const { who } = (answer.type === 'answer' ? answer.result : {}) as LoggedIn;
  assert.ok(who);
  assert.equal((await ask('status', {}, who)).type, 'answer');
  assert.equal((await ask('session.end', {}, who)).type, 'answer');
  assert.equal(codeOf(await ask('status', {}, who)), 'LOGGED-OUT');
});

test('a password is set only after a link, and logs everybody else out', async () => {
  const { ask, asked, sessions } = rig();
  const byPassword = sessions.start(false);
  const byLink = sessions.start(true);
  const args = { password: 'twelve chars' };
  assert.equal(codeOf(await ask('web.password.set', args, byPassword)), 'LINK-NEEDED');
  assert.deepEqual(asked, []);
  assert.equal((await ask('web.password.set', args, byLink)).type, 'answer');
  assert.equal(codeOf(await ask('status', {}, byPassword)), 'LOGGED-OUT');
  assert.equal((await ask('status', {}, byLink)).type, 'answer');
});

test('pushes go out while a session that follows lives', async () => {
  const { ask, push, following, sessions } = rig();
  const who = sessions.start(false);
  assert.equal(push(look), undefined);
  await ask('follow', {}, who);
  await ask('follow', {}, who);
  assert.equal(following(), 1);
  assert.deepEqual(push(look), { type: 'pushed', pushed: look, lost: 0 });
  await ask('session.end', {}, who);
  assert.equal(push(look), undefined);
  assert.equal(following(), 0);
});

test('what breaks inside is not told outside; what a verb says is', async () => {
  const broken = rig(() => {
    throw new Error('SQLITE_CORRUPT at /var/lib/secret');
  });
  const message = await broken.ask('status', {}, broken.sessions.start(false));
  assert.equal(codeOf(message), 'FAILED');
  assert.doesNotMatch(JSON.stringify(message), /SQLITE|secret/);
  const said = rig(() => {
    throw new VerbError('NO-ALERT', 'There is no alert "7".');
  });
  assert.deepEqual(await said.ask('show', { id: '7' }, said.sessions.start(false)), {
    type: 'refusal',
    id: 1,
    code: 'NO-ALERT',
    message: 'There is no alert "7".',
  });
});

test('more questions at once than the bound are refused', async () => {
  const never = Promise.withResolvers<void>();
  const { ask, sessions } = rig(() => never.promise);
  const who = sessions.start(false);
  const waiting = Array.from({ length: WAITING_MAX }, () => ask('status', {}, who));
  assert.equal(codeOf(await ask('status', {}, who)), 'BUSY');
  never.resolve();
  await Promise.all(waiting);
  assert.equal((await ask('status', {}, who)).type, 'answer');
});

test('rows are filtered and cut before they leave the daemon', async () => {
  const rows = Array.from({ length: 3000 }, (_, index) => ({
    row: { port: index, comm: 'x' },
    mark: index === 2999 ? 'new' : 'known',
    sinceMs: 0,
  }));
  const { ask, sessions } = rig(() => ({ rows, gaps: [], by: 'sock_diag', takenMs: 1 }));
  const message = await ask('rows', { table: 'sockets', limit: 10 }, sessions.start(false));
  const result = (message.type === 'answer' ? message.result : {}) as {
    rows: { mark: string }[];
    total: number;
    of: number;
  };
  assert.deepEqual([result.rows.length, result.total, result.of, result.rows[0]?.mark], [10, 3000, 3000, 'new']);
});
