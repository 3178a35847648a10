/** Every case leaves the same behind, and says the same, as the logrotate of Debian's packages, but for what is listed. */

import assert from 'node:assert/strict';
import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { needsRoot } from '../../lab/skip.ts';
import { makeTemp } from '../../lab/temp.ts';
import { treeCases } from './cases.ts';
import { moreCases } from './more-cases.ts';
import { oddCases } from './odd-cases.ts';
import { type Case, type Outcome, REAL, runCase } from './referee.ts';

const cases = [...treeCases, ...moreCases, ...oddCases];
const PARTS = ['files', 'state', 'code', 'words'] as const;

function without(outcome: Outcome, item: Case): Partial<Outcome> {
  return Object.fromEntries(
    PARTS.filter((part) => item.differs?.[part] === undefined).map((part) => [part, outcome[part]]),
  );
}

/** What is seen for the first time gets the hour: both have to run in the same. */
function inOneSpan<T>(spanMs: number, action: () => T): T {
  const span = (): number => Math.floor(Date.now() / spanMs);
  for (let tries = 0; tries < 5; tries += 1) {
    const before = span();
    const done = action();
    if (span() === before) return done;
  }
  return action();
}

const skip = needsRoot() || (existsSync(REAL) ? false : 'needs the package logrotate');

test('there are at least 150 cases, each with a name of its own', () => {
  assert.ok(cases.length >= 150);
});

describe('beside the real logrotate', { skip }, () => {
  for (const [index, item] of cases.entries()) {
    test(`${index + 1}. ${item.name.replaceAll('\n', ' ')}`, async () => {
      await using temp = await makeTemp();
      chmodSync(temp.path, 0o755);
      const folder = join(temp.path, 'w');
      // Some names hold the second.
      const spanMs = item.name.includes('%s') ? 1000 : 3_600_000;
      const [real, ours] = inOneSpan(spanMs, () => [runCase(item, folder, 'real'), runCase(item, folder, 'ours')]);
      assert.deepEqual(without(ours, item), without(real, item));
      // A listed difference that is none any more would hide the next one.
      const listed = PARTS.filter((part) => item.differs?.[part] !== undefined);
      const real0 = listed.map((part) => JSON.stringify(real[part]));
      const ours0 = listed.map((part) => JSON.stringify(ours[part]));
      if (listed.length > 0) assert.notDeepEqual(ours0, real0);
    });
  }
});
