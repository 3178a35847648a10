import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VerbError } from '#model/verbs.ts';
import { answerStage, FakeResponder } from '#test/lab/fake-answers.ts';

const minute = 60_000;
const hour = 60 * minute;
const listed = async (stage: { desk: { ask: Awaited<ReturnType<typeof answerStage>>['desk']['ask'] } }, all = true) =>
  (await stage.desk.ask('blocks', { all })).blocks.map(({ target, kind, state, by, times, endedWhy }) =>
    `${target} ${kind} ${state} ${by} ${times} ${endedWhy}`.trim(),
  );

test('a confirmed scan is blocked, told in the alert, and ended in its time', async () => {
  await using stage = await answerStage();
  await stage.scan('192.0.2.7');
  assert.deepEqual(stage.responder.targets(), ['192.0.2.7']);
  assert.deepEqual(await listed(stage), ['192.0.2.7 drop active telltale 1']);
  const [block] = (await stage.desk.ask('blocks', {})).blocks;
  const { history } = await stage.desk.ask('show', { id: block?.alert ?? '' });
  assert.ok(
    history.some(({ words }) => words === '192.0.2.7 is blocked for 1 h by fake'),
    JSON.stringify(history),
  );
  await stage.host.clock.advance(hour + 1000);
  assert.deepEqual(stage.responder.targets(), []);
  assert.deepEqual(await listed(stage), ['192.0.2.7 drop undone telltale 1 expired']);
  assert.ok((await stage.desk.ask('verify', {})).whole);
});

test('what a person does with the alert is no new attack', async () => {
  await using stage = await answerStage({ forMs: 10_000 });
  await stage.scan('192.0.2.7');
  await stage.host.clock.advance(12_000);
  assert.deepEqual(stage.responder.targets(), []);
  const [alert] = stage.store.openAlerts();
  await stage.desk.ask('ack', { ids: [alert?.id ?? ''], reason: 'seen' });
  await stage.host.clock.advance(2_000);
  assert.deepEqual(stage.responder.targets(), []);
});

test('an IPv6 scanner is its /64, but not where a spared neighbour lives in it', async () => {
  await using stage = await answerStage();
  stage.never.push({ prefix: '2001:db8:1::1', why: 'a gateway', hard: true });
  await stage.host.clock.advance(61_000);
  await stage.scan('2001:db8::dead:1');
  await stage.scan('2001:db8::dead:2');
  await stage.scan('2001:db8:1::7');
  assert.deepEqual(stage.responder.targets(), ['2001:db8:1::7', '2001:db8::/64']);
});

test('who may be forged is slowed down, and blocked when confirmed; decoys and spared ones are left alone', async () => {
  await using stage = await answerStage();
  stage.never.push({ prefix: '192.0.2.53', why: 'a name server', hard: true });
  await stage.host.clock.advance(61_000);
  await stage.scan('192.0.2.7', { held: false });
  assert.deepEqual(stage.responder.targets(), ['192.0.2.7 slow']);
  await stage.scan('192.0.2.7');
  assert.deepEqual(stage.responder.targets(), ['192.0.2.7']);
  await stage.scan('192.0.2.8', { state: 'decoy' });
  await stage.scan('192.0.2.53');
  assert.deepEqual(stage.responder.targets(), ['192.0.2.7']);
  const words = stage.store
    .alerts({ limit: 10 })
    .flatMap(({ id }) => stage.store.history(id))
    .map((line) => line.words);
  assert.ok(words.includes('192.0.2.53 is not blocked: a name server'), words.join('\n'));
  assert.ok(words.some((line) => /192\.0\.2\.8 is not blocked: one of several sources/.test(line)));
});

test('unconfirmed: never and block; no responder that can slow down', async () => {
  await using never = await answerStage({ unconfirmed: 'never' });
  await never.scan('192.0.2.7', { held: false });
  assert.deepEqual(never.responder.did, []);
  await using block = await answerStage({ unconfirmed: 'block' });
  await block.scan('192.0.2.7', { held: false });
  assert.deepEqual(block.responder.targets(), ['192.0.2.7']);
  const drops = new FakeResponder('route', ['drop']);
  await using plain = await answerStage({}, { responder: drops });
  await plain.scan('192.0.2.7', { held: false });
  assert.deepEqual(drops.did, []);
});

test('mode try writes down and touches nothing; mode off does not even that', async () => {
  await using stage = await answerStage({ mode: 'try' });
  await stage.scan('192.0.2.7');
  assert.deepEqual(stage.responder.did, []);
  assert.deepEqual(await listed(stage), ['192.0.2.7 drop planned telltale 1']);
  await using off = await answerStage({ mode: 'off' });
  await off.scan('192.0.2.7');
  assert.deepEqual(await listed(off), []);
  const tried = await off.desk.ask('block.try', { sinceMs: 0 });
  assert.deepEqual(
    tried.would.map(({ target, kind }) => `${target} ${kind}`),
    ['192.0.2.7 drop'],
  );
});

test('each repeat is longer, up to the longest; the cap holds and says so', async () => {
  await using stage = await answerStage({ forMs: minute, longestMs: 3 * minute });
  for (const expected of [1, 2, 3, 3]) {
    await stage.scan('192.0.2.7');
    const [block] = (await stage.desk.ask('blocks', {})).blocks;
    assert.equal(Math.round(((block?.untilMs ?? 0) - (block?.sinceMs ?? 0)) / minute), expected);
    await stage.host.clock.advance(4 * minute);
  }
  for (const last of [1, 2, 3, 4]) await stage.scan(`198.51.100.${last}`);
  assert.equal(stage.responder.targets().length, 3);
  const words = stage.store
    .alerts({ limit: 3 })
    .flatMap(({ id }) => stage.store.history(id))
    .map((line) => line.words);
  assert.ok(
    words.some((line) => line.includes('3 blocks stand already (answers.cap)')),
    words.join('\n'),
  );
});

test('killed or stopped: what should stand stands again before the start is over, what is over is undone', async () => {
  await using stage = await answerStage();
  await stage.scan('192.0.2.7');
  await stage.desk.ask('block', {
    target: '192.0.2.8',
    untilMs: stage.host.clock.nowMs() + 20_000,
    reason: 'x',
    insist: false,
  });
  const second = await stage.again('kill');
  assert.deepEqual(second.responder.targets(), ['192.0.2.7', '192.0.2.8'], 'restored at the start');
  await second.host.clock.advance(20_000);
  assert.deepEqual(second.responder.targets(), ['192.0.2.7']);
  const third = await second.again('stop');
  assert.ok(third.responder.did.includes('fake restore 192.0.2.7'));
  assert.deepEqual(third.responder.targets(), ['192.0.2.7']);
});

test('an unblock holds for the grace, an allowance until it ends', async () => {
  await using stage = await answerStage();
  await stage.scan('192.0.2.7');
  await stage.desk.ask('unblock', { target: '192.0.2.7', reason: 'ours' });
  await stage.scan('192.0.2.7');
  assert.deepEqual(stage.responder.targets(), []);
  await stage.host.clock.advance(601_000);
  await stage.scan('192.0.2.7');
  assert.deepEqual(stage.responder.targets(), ['192.0.2.7']);
  const allowed = await stage.desk.ask('allow', { target: '192.0.2.0/24', untilMs: 0, reason: 'ours', end: false });
  assert.deepEqual(
    allowed.ended.map(({ target }) => target),
    ['192.0.2.7'],
  );
  await stage.scan('192.0.2.9');
  assert.deepEqual(stage.responder.targets(), []);
  const byHand = { target: '192.0.2.9', untilMs: 0, reason: 'a slip', insist: false };
  await assert.rejects(stage.desk.ask('block', byHand), /"192\.0\.2\.0\/24" is allowed by root \(ours\)\. End that/);
  await stage.desk.ask('block', { ...byHand, insist: true });
  await stage.desk.ask('unblock', { target: '192.0.2.9', reason: 'enough' });
  await stage.desk.ask('allow', { target: '192.0.2.0/24', untilMs: 0, reason: '', end: true });
  await stage.scan('192.0.2.10');
  assert.deepEqual(stage.responder.targets(), ['192.0.2.10']);
});

test('a list that cannot be read blocks nobody, and ends nothing', async () => {
  await using stage = await answerStage();
  Object.defineProperty(stage.never, Symbol.iterator, {
    configurable: true,
    value: () => {
      throw new Error('EMFILE');
    },
  });
  await stage.host.clock.advance(31_000);
  await stage.scan('192.0.2.7');
  assert.deepEqual(stage.responder.targets(), []);
  const open = stage.store.openAlerts().map(({ finding }) => finding.title);
  assert.ok(
    open.some((title) => title.includes('never-block list cannot be read: EMFILE')),
    open.join('\n'),
  );
  await assert.rejects(
    stage.desk.ask('block', { target: '192.0.2.8', untilMs: 0, reason: 'x', insist: false }),
    /never-block list cannot be read/,
  );
});

test('a block by hand: wider ones take the place of narrower, refusals are words', async () => {
  await using stage = await answerStage();
  stage.never.push(
    { prefix: '192.0.2.53', why: 'a name server', hard: true },
    { prefix: '198.51.100.1', why: 'mail', hard: false },
  );
  const block = (target: string, more: { insist?: boolean; from?: string } = {}) =>
    stage.desk.ask('block', { target, untilMs: 0, reason: 'x', insist: false, ...more });
  const code = async (asked: Promise<unknown>): Promise<string> => {
    try {
      await asked;
    } catch (error) {
      assert.ok(error instanceof VerbError);
      return error.code;
    }
    return 'none';
  };
  await block('203.0.113.7');
  const wide = await block('203.0.113.0/24');
  assert.deepEqual(
    wide.ended.map(({ target }) => target),
    ['203.0.113.7'],
  );
  assert.deepEqual(stage.responder.targets(), ['203.0.113.0/24']);
  assert.equal(await code(block('203.0.113.9')), 'BLOCKED');
  assert.equal(await code(block('192.0.2.53', { insist: true })), 'NEVER');
  assert.equal(await code(block('192.0.2.0/24', { insist: true })), 'NEVER');
  assert.equal(await code(block('198.51.100.1')), 'NEVER');
  assert.equal(await code(block('198.51.100.1', { insist: true })), 'none');
  assert.equal(await code(block('198.51.100.9', { from: '198.51.100.9', insist: true })), 'NEVER');
  assert.equal(await code(block('nonsense')), 'USAGE');
  assert.equal(await code(stage.desk.ask('unblock', { target: '10.0.0.1', reason: 'x' })), 'NOT_FOUND');
});

test('responders act in their order and are undone in the opposite one; one that fails does not stop the other', async () => {
  const [first, second] = [new FakeResponder('command', ['drop']), new FakeResponder('nft')];
  const did: string[] = [];
  first.did.push = second.did.push = (...words) => did.push(...words);
  await using stage = await answerStage({}, { ways: [first.way(), second.way()] });
  await stage.scan('192.0.2.7');
  await stage.desk.ask('unblock', { target: '192.0.2.7', reason: 'x' });
  assert.deepEqual(did, [
    'command apply 192.0.2.7',
    'nft apply 192.0.2.7',
    'nft undo 192.0.2.7',
    'command undo 192.0.2.7',
  ]);
  first.failing = 'broken';
  await stage.scan('192.0.2.8');
  assert.deepEqual(second.targets(), ['192.0.2.8']);
  const open = stage.store.openAlerts().map(({ finding }) => finding.title);
  assert.ok(open.includes('A block could not be changed by "command": broken'), open.join('\n'));
  first.failing = '';
  await stage.scan('192.0.2.9');
  assert.ok(!stage.store.openAlerts().some(({ finding }) => finding.rule === 'answer-failed'));
});

test('what fails everywhere is told, ended, and tried again with a later sign of the same attack', async () => {
  await using stage = await answerStage();
  stage.responder.failing = 'no nft';
  await stage.scan('192.0.2.7');
  assert.deepEqual(await listed(stage), ['192.0.2.7 drop failed telltale 1 could not be put up: no nft']);
  stage.responder.failing = '';
  await stage.host.clock.advance(61_000);
  await stage.scan('192.0.2.7');
  assert.deepEqual(stage.responder.targets(), ['192.0.2.7']);
});

test('what the kernel blocked is shown; what somebody flushed is put up again; what gets onto the list is let in', async () => {
  await using stage = await answerStage();
  stage.responder.kernel = [{ target: '192.0.2.9', untilMs: stage.host.clock.nowMs() + 60_000 }];
  await stage.host.clock.advance(31_000);
  assert.deepEqual(await listed(stage), ['192.0.2.9 drop active kernel 1']);
  stage.responder.kernel = [];
  await stage.scan('192.0.2.7');
  stage.responder.standing.clear();
  stage.responder.gone = true;
  await stage.host.clock.advance(61_000);
  assert.deepEqual(stage.responder.targets(), ['192.0.2.7']);
  stage.never.push({ prefix: '192.0.2.7', why: 'a gateway', hard: true });
  await stage.host.clock.advance(61_000);
  assert.deepEqual(stage.responder.targets(), []);
});

test('the kernel tells at once whom it shut out, with the packet; a second later its count is read', async () => {
  await using stage = await answerStage();
  const block = { target: '192.0.2.9', untilMs: stage.host.clock.nowMs() + 60_000 };
  stage.responder.kernel = [{ ...block, dropped: 70 }];
  stage.responder.tell([{ ...block, port: 23, packet: '45' }]);
  await stage.host.clock.advance(100);
  const now = async () =>
    (await stage.desk.ask('blocks', {})).blocks.map(({ target, by, port, mode, packet, dropped }) => [
      target,
      by,
      port,
      mode,
      packet,
      dropped,
    ]);
  assert.deepEqual(await now(), [['192.0.2.9', 'kernel', 23, 'tcp', '45', undefined]]);
  await stage.host.clock.advance(2_000);
  assert.deepEqual(await now(), [['192.0.2.9', 'kernel', 23, 'tcp', '45', 70]]);
  // Who is only answered late is shown so.
  stage.responder.tell([{ ...block, target: '192.0.2.11', kind: 'rate-limit' }]);
  await stage.host.clock.advance(100);
  assert.ok((await listed(stage)).includes('192.0.2.11 rate-limit active kernel 1'));
  await stage.desk.ask('unblock', { target: '192.0.2.11', reason: 'a test' });
  // Something was missed: it is read as well.
  stage.responder.kernel = [{ target: '192.0.2.10', untilMs: block.untilMs }];
  stage.responder.tell([]);
  await stage.host.clock.advance(2_000);
  assert.equal((await now()).length, 2);
  await stage.host.clock.advance(61_000);
  const ended = (await stage.desk.ask('blocks', { all: true })).blocks.map(({ target, dropped, endedWhy }) => [
    target,
    dropped,
    endedWhy,
  ]);
  assert.deepEqual(
    ended.sort((a, b) => String(a[0]).localeCompare(String(b[0]))),
    [
      ['192.0.2.10', undefined, 'expired'],
      ['192.0.2.11', undefined, 'unblocked by root: a test'],
      ['192.0.2.9', 70, 'expired'],
    ],
  );
});

test('an attack that goes on when its block is over is answered again, longer; one that proved itself is shut out', async () => {
  await using stage = await answerStage({ forMs: 2 * minute });
  /** The sensor saw more of it. */
  const more = (row: object): void => {
    stage.scene.rows = stage.scene.rows.map((door) => ({ ...door, ...row }));
  };
  await stage.scan('192.0.2.7', { held: false });
  assert.deepEqual(stage.responder.targets(), ['192.0.2.7 slow']);
  more({ lastMs: stage.host.clock.nowMs() + 20_000, blockable: true });
  await stage.host.clock.advance(20_000);
  assert.deepEqual(stage.responder.targets(), ['192.0.2.7']);
  assert.deepEqual(await listed(stage, false), ['192.0.2.7 drop active telltale 1'], 'the exchange is no repeat');
  more({ lastMs: stage.host.clock.nowMs() + 2 * minute });
  await stage.host.clock.advance(2 * minute);
  assert.deepEqual(await listed(stage, false), ['192.0.2.7 drop active telltale 2']);
  await stage.host.clock.advance(4 * minute + 1000);
  assert.deepEqual(stage.responder.targets(), [], 'nothing was seen of it for a minute');
});

test('a short block is not repeated for an attack that stopped in its first half', async () => {
  await using stage = await answerStage({ forMs: 20_000 });
  const seenAt = (ms: number): void => {
    stage.scene.rows = stage.scene.rows.map((door) => ({ ...door, lastMs: ms, blockable: true }));
  };
  await stage.scan('192.0.2.7', { held: true });
  seenAt(stage.host.clock.nowMs() + 5_000);
  await stage.host.clock.advance(22_000);
  assert.deepEqual(stage.responder.targets(), []);
  await stage.scan('192.0.2.8', { held: true });
  seenAt(stage.host.clock.nowMs() + 15_000);
  await stage.host.clock.advance(22_000);
  assert.deepEqual(stage.responder.targets(), ['192.0.2.8']);
});
