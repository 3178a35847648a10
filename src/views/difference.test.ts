import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CompareResult } from '#model/verbs.ts';
import { HOSTILE, NIGHT_MS } from '#test/lab/notices.ts';
import { differenceText } from './difference.ts';

const VIEW = { nowMs: NIGHT_MS, timeZone: 'UTC' };
const SAME: CompareResult = {
  baseline: { version: 3, madeMs: Date.UTC(2026, 10, 3, 9), rows: 1418 },
  differences: [],
  gaps: [],
  looked: 1418,
};

test('nothing differs: one sentence that names the baseline and what was looked at', () => {
  assert.equal(
    differenceText(SAME, VIEW),
    'Nothing differs from baseline 3 of 3 November 09:00. 1,418 rows looked at.',
  );
});

test('each difference has its mark and sign; what could not be seen is never left out', () => {
  const row = { port: 4444 };
  const text = differenceText(
    {
      ...SAME,
      differences: [
        { table: 'sockets', change: { type: 'added', after: row }, severity: 'critical', title: 'tcp 4444 nc' },
        { table: 'sockets', change: { type: 'removed', before: row }, severity: 'low', title: 'tcp 80 nginx' },
        { table: 'sockets', change: { type: 'changed', before: row, after: row }, severity: 'medium', title: HOSTILE },
      ],
      gaps: [{ what: '/proc/net/raw', why: 'EACCES', next: 'Run it as root.' }],
    },
    VIEW,
  );
  assert.match(
    text,
    /^3 differences from baseline 3 of 3 November 09:00\. 1,418 rows looked at\.\n\n\+ ◆ tcp 4444 nc\n- · tcp 80 nginx\n~ ◐ /,
  );
  assert.match(text, /\n\nCould not look at:\n {2}\/proc\/net\/raw: EACCES\. Run it as root\.\n/);
  assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\u202e]/u);
});
