import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OpenChange, Status } from '#model/verbs.ts';
import { HOSTILE, incidentOfTwo, makeAlert, makeIncident, NIGHT_MS } from '#test/lab/notices.ts';
import { statusSentence } from './status.ts';

const STATUS: Status = {
  host: 'web-03',
  version: '0.1.0',
  nowMs: NIGHT_MS + 12_000,
  startedMs: NIGHT_MS - 86_400_000,
  watching: true,
  baseline: { version: 14, madeMs: Date.UTC(2026, 10, 3, 9), rows: 1418 },
  facts: 1418,
  checkedMs: NIGHT_MS,
  open: { act: 0, watch: 0, note: 0 },
  quieted: 0,
  explained24h: 0,
  sensors: [],
  blind: [],
  channels: [],
  chain: { records: 9, sinceMs: 0, head: '' },
  web: 'none',
};

const say = (over: Partial<Status>, changes: readonly OpenChange[] = []): string =>
  statusSentence({ ...STATUS, ...over }, changes, 'UTC');

const change = (alerts = [makeAlert()]): OpenChange => ({ incident: makeIncident(alerts), alerts });

test('the empty state names the baseline, what was checked, and every blind sense', () => {
  assert.equal(
    say({
      blind: [
        { what: 'audit', why: 'kernel off' },
        { what: 'eBPF', why: 'no BTF' },
        { what: 'mail log', why: 'absent' },
      ],
    }),
    'Nothing differs from the baseline of 3 November. 1,418 facts checked 12 s ago. 3 senses are blind: audit (kernel off), eBPF (no BTF), mail log (absent).',
  );
  assert.match(say({}), /No sense is blind\.$/);
});

test('silence that is not proven is never sold as silence', () => {
  assert.match(say({ baseline: undefined }), /^There is no baseline yet on web-03/);
  assert.match(say({ checkedMs: 0 }), /Nothing has been checked yet/);
  assert.match(say({ watching: false }), /checked 12 s ago\. .*No daemon is watching: this command looked itself/);
  assert.match(
    say({ watching: false, checkedMs: 0 }),
    /Nothing has been checked yet\. .*No daemon is watching: this is what was recorded/,
  );
  const sensor = { name: 'sockets', table: 'sockets', failed: false, rows: 1, by: '', hears: '', lost: 0, gaps: [] };
  const sensors = [{ ...sensor, lastLookMs: NIGHT_MS + 10_000 }];
  assert.match(say({ checkedMs: NIGHT_MS - 540_000, sensors }), /facts checked, the oldest of them 9 min ago\./);
  assert.match(say({ quieted: 3, explained24h: 2 }), /3 quieted, 2 explained in the last 24 hours\./);
  const failing = { name: 'mail', waiting: 2, deliveredMs: 0, failing: '550 no such user' };
  assert.match(say({ channels: [failing] }), /Channel mail is failing, 2 notices wait: 550 no such user\./);
});

test('open changes are counted, dated and grouped by cause', () => {
  assert.match(
    say({ open: { act: 1, watch: 0, note: 0 } }, [change()]),
    /^One thing changed at 02:14 that nobody has accepted\. 1,418 facts/,
  );
  assert.match(
    say({ open: { act: 1, watch: 1, note: 0 } }, [change([...incidentOfTwo()])]),
    /^Two things changed at 02:14 that nobody has accepted: 1 to act on, 1 to watch\. They share one parent process, so read them together\./,
  );
  const old = makeAlert({ firstMs: NIGHT_MS - 86_400_000, lastMs: NIGHT_MS - 86_400_000 });
  assert.match(
    say({ open: { act: 2, watch: 1, note: 0 } }, [change([...incidentOfTwo()]), change([old])]),
    /^Three things changed since yesterday 02:14 that nobody has accepted: 2 to act on, 1 to watch\. They have 2 causes\./,
  );
});

test('text from outside is harmless in the sentence', () => {
  const sentence = say({
    host: HOSTILE,
    baseline: undefined,
    blind: [{ what: HOSTILE, why: HOSTILE }],
    channels: [{ name: HOSTILE, waiting: 1, deliveredMs: 0, failing: HOSTILE }],
  });
  assert.doesNotMatch(sentence, /[\p{Cc}\u202e\u200b\u2028\ud800]/u);
});
