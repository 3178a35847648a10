/** What the page says of scans and blocks, in words. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ShownScan } from '#model/verbs.ts';
import { allowDone, blockDone, blocksView, neverView, tryView, unblockDone } from '#web/api/blocks.ts';
import { knocksOf, scansView } from '#web/api/scans.ts';
import { makeAnswers } from './fake-blocks.ts';
import { HOSTILE } from './fake-data.ts';

const nowMs = Date.UTC(2026, 10, 21, 7, 0);
const when = { nowMs, zone: 'UTC' };
const fake = makeAnswers(nowMs);
const { scans: all } = await Promise.resolve(fake.answers.scans({}));
const page = (scans: readonly ShownScan[], more: { watching?: boolean; total?: number } = {}) => ({
  watching: more.watching ?? true,
  gaps: [],
  scans,
  total: more.total ?? scans.length,
});
const view = (scans: readonly ShownScan[], more = {}) =>
  scansView(page(scans, more), { ...when, fromMs: nowMs - 86_400_000 });
const of = (...numbers: number[]): ShownScan[] =>
  all.filter(({ alert }) => numbers.some((n) => alert.id.endsWith(`00${n}`)));

test('the headline says what goes on; what this host does itself comes first', () => {
  assert.equal(view([]).headline, 'Nobody scans this host now.');
  assert.equal(view([]).detail, 'None was heard in the last 24 hours.');
  assert.equal(view(of(1)).headline, 'One scan goes on now.');
  assert.equal(view(of(3)).headline, 'Nobody scans this host now.');
  const [ours] = of(6);
  assert.ok(ours);
  const going: ShownScan = { ...ours, alert: { ...ours.alert, state: 'open' } };
  assert.equal(view([going]).headline, 'This host scans others now.');
  assert.equal(view([going, ...of(1, 2)]).headline, 'This host scans others now, and 2 scans of it go on.');
  const [first] = of(1);
  assert.ok(first);
  const inside: ShownScan = { ...first, row: { ...first.row, form: 'login' } };
  assert.equal(view([going, inside]).headline, '198.51.100.7 scanned this host and is logged in now.');
  assert.equal(view([], { watching: false }).headline, 'Nobody listens for scans: no daemon runs.');
});

test('the sentence below counts sources, what they learned, and who was shut out', () => {
  assert.equal(
    view(of(1, 2, 6)).detail,
    'In the last 24 hours: 2 scans from 2 sources. One scan came from this host. They know now that ports 22 and 80 are open. Of them 1 is blocked.',
  );
  assert.equal(
    view(of(2), { total: 900 }).detail,
    'In the last 24 hours: 900 scans from 1 source. No port answered. None of them is blocked.',
  );
  assert.match(scansView(page(of(2)), { ...when, fromMs: nowMs - 3_600_000 }).detail, /^In the last hour: 1 scan /);
});

test('an ended scan has its name from its title, and a way to block it only where there is one sender', () => {
  const [udp] = view(of(3)).scans;
  assert.equal(udp?.how, 'UDP scan (nmap -sU)');
  assert.equal(udp?.blockable, '198.51.100.44');
  assert.deepEqual(udp?.picture.open, [[1, 123]]);
  const [decoys] = view(of(4)).scans;
  assert.equal(decoys?.how, 'Scan behind decoys (nmap -D)');
  assert.equal(decoys?.blockable, '');
  assert.match(decoys?.verdict ?? '', /most likely 198\.51\.100\.90/);
  assert.equal(view(of(5)).scans[0]?.how, 'Scan from changing addresses');
  assert.match(
    view(of(5)).scans[0]?.between ?? '',
    /^From 2001:db8:7::1, .* and 4 more\. It tried 2 of our addresses\.$/,
  );
  assert.equal(view(of(8)).scans[0]?.how, 'Flood of probes with changing senders');
});

test('the picture of an ended scan was kept, and lies where it was; who it was is told in a line', () => {
  assert.deepEqual(view(of(3)).scans[0]?.picture.dots.slice(0, 2), [
    [0, 1, 53],
    [1500, 1, 67],
  ]);
  assert.equal(
    view(of(1)).scans[0]?.who,
    '"scanner-7.example.net", AS64500 Example Net, Netherlands (NL), documentation',
  );
});

test('what the sender did later stands with its first scan', () => {
  const [udp] = of(3);
  assert.ok(udp);
  const deed = { alert: 'x', timeMs: nowMs };
  const later = [
    { ...deed, what: 'again' },
    { ...deed, what: 'inside' },
  ] as const;
  assert.equal(view([{ ...udp, later }]).scans[0]?.later, 'scanned again, LOGGED IN');
  assert.equal(view([udp]).scans[0]?.later, '');
});

test('who is only slowed down, or would be blocked, can be blocked by hand; who is shut out cannot', () => {
  const [first] = of(1);
  assert.ok(first?.block);
  const { block } = first;
  const blockable = (more: Partial<typeof block>): string | undefined =>
    view([{ ...first, block: { ...block, ...more } }]).scans[0]?.blockable;
  assert.equal(blockable({}), '');
  assert.equal(blockable({ kind: 'rate-limit' }), '198.51.100.7');
  assert.equal(blockable({ state: 'planned' }), '198.51.100.7');
});

test('dots end where the row says that the newest probe was', () => {
  const [slow] = view(of(2)).scans;
  assert.ok(slow);
  assert.equal(slow.picture.dots.at(-1)?.[0], slow.lastMs - slow.firstMs);
  assert.deepEqual(slow.picture.dots.at(-1)?.slice(1), [0, 80]);
});

test('who knocked: one line a source, without our own scans', () => {
  const { knocks, more } = knocksOf(page([...all, ...of(1)]), when);
  assert.deepEqual(knocks[0], {
    source: '198.51.100.7',
    what: '18 doors',
    verdict: 'blocked',
    alert: '0193a4f0-7777-7000-8000-000000000001',
  });
  assert.deepEqual([knocks[1]?.verdict, knocks[2]?.verdict], ['now', '03:00']);
  assert.equal(knocks.length + more, 7);
});

test('the mode is said in words, with the lines that change it', () => {
  const said = (['off', 'try', 'on'] as const).map((mode) => {
    const { sentence, meaning, changes } = blocksView(
      { mode, watching: true, cap: 1000, blocks: [...fake.blocks], allowed: [] },
      when,
    );
    return [sentence, meaning.split(':')[0], changes.map(({ type }) => type.split(' ').at(-1)).join()];
  });
  assert.deepEqual(said, [
    ['Two blocks stand.', 'Answers are off', 'try'],
    ['Two blocks stand.', 'Answers are being tried out', 'on,off'],
    ['Two blocks stand.', 'Answers are on', 'try,off'],
  ]);
  const planned = fake.blocks.slice(0, 1).map((block) => Object.assign({}, block, { state: 'planned' as const }));
  const tried = blocksView({ mode: 'try', watching: true, cap: 9, blocks: planned, allowed: [] }, when);
  assert.equal(tried.sentence, 'Nobody is blocked; 1 address would be.');
  assert.equal(tried.standing[0]?.how, 'would be dropped');
});

test('the block that ends first stands on top, what ended apart from it', () => {
  const { standing, ended } = blocksView(
    { mode: 'on', watching: true, cap: 1000, blocks: [...fake.blocks], allowed: [...fake.allowed] },
    when,
  );
  assert.deepEqual(
    standing.map(({ target }) => target),
    ['203.0.113.0/28', '198.51.100.7'],
  );
  assert.equal(standing[1]?.why, 'SYN scan (nmap -sS) from 198.51.100.7: 5 of 5 ports closed (2. time)');
  assert.match(ended[0]?.ended ?? '', /^expired /);
});

test('a dry run and the never-block list', async () => {
  const found = await Promise.resolve(fake.answers['block.try']({ sinceMs: nowMs - 86_400_000 }));
  const dry = tryView(found, nowMs - 86_400_000, when);
  assert.equal(dry.sentence, 'Of 8 alerts that answers look at: 3 blocks would have been put up, 1 source left alone.');
  assert.deepEqual(
    dry.entries.map(({ what }) => what),
    ['blocked', 'slowed down', 'left alone', 'slowed down'],
  );
  const none = tryView({ mode: 'on', alerts: 0, would: [], spared: [] }, 0, when);
  assert.equal(none.sentence, 'No alert that answers look at came in that time.');
  const never = neverView(await Promise.resolve(fake.answers['blocks.never']({})), when);
  assert.deepEqual([never.never[0]?.hard, never.never.at(-1)?.hard], [true, false]);
});

test('what was done is said in sentences', () => {
  const [one, two] = fake.blocks;
  assert.ok(one && two);
  assert.equal(
    blockDone({ block: { ...one, sinceMs: nowMs, untilMs: nowMs + 3_600_000 }, ended: [two], watching: false }, when)
      .words,
    '198.51.100.7 is blocked until 21 November 2026, 08:00:00 +00:00 (1 h). It takes the place of the block of 203.0.113.0/28. No daemon runs: only the kernel ends it then.',
  );
  assert.equal(
    unblockDone({ ended: [one, two], graceUntilMs: nowMs }, when).words,
    '198.51.100.7 and 203.0.113.0/28 are no longer blocked. Left alone until 21 November 2026, 07:00:00 +00:00.',
  );
  const allowed = [{ prefix: '192.0.2.7', by: 'web', reason: 'x', atMs: 0, untilMs: 0 }];
  assert.equal(
    allowDone({ allowed, ended: [one], stillIn: ['192.0.2.0/24'] }, false, when).words,
    '192.0.2.7 is never blocked. The block of 198.51.100.7 has ended. It still lies in 192.0.2.0/24, which is blocked.',
  );
  assert.equal(allowDone({ allowed, ended: [], stillIn: [] }, true, when).words, '192.0.2.7 is no longer allowed.');
});

test('whatever comes from outside stands there visibly', () => {
  const risky = /\p{Cc}|\p{Cf}/u;
  const [first] = of(1);
  assert.ok(first);
  const row = {
    ...first.row,
    words: HOSTILE,
    score: HOSTILE,
    ports: HOSTILE,
    also: [HOSTILE],
    learned: [HOSTILE],
    name: HOSTILE,
  };
  const { finding } = first.alert;
  const alert = { ...first.alert, finding: { ...finding, title: HOSTILE, subject: `host scan ${HOSTILE}` } };
  const { source: _source, ...unsourced } = alert.finding;
  const hostile: ShownScan = { ...first, row, alert: { ...alert, finding: unsourced } };
  const told = JSON.stringify([view([hostile]), knocksOf(page([hostile]), when)]);
  const checked = JSON.parse(told, (_key, value: unknown) => {
    if (typeof value === 'string') assert.doesNotMatch(value, risky);
    return value;
  }) as unknown;
  assert.ok(checked);
  const [block] = fake.blocks;
  assert.ok(block);
  const bad = { ...block, target: HOSTILE, reason: HOSTILE, by: HOSTILE, endedWhy: HOSTILE, endedMs: 1 };
  const blocks = { mode: 'on', watching: true, cap: 1, blocks: [bad], allowed: [] } as const;
  const { standing, ended } = blocksView(blocks, when);
  for (const text of [...standing, ...ended].flatMap((one) => Object.values(one)))
    assert.doesNotMatch(String(text), risky);
});
