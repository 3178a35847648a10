/** Plays a drill about processes by itself: it must be our own hand, be about its process, and leave nothing behind. */

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import test from 'node:test';
import type { Drill } from '#drills/drill.ts';
import type { Alert } from '#model/finding.ts';
import { needsRoot } from './skip.ts';

const leftOvers = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('telltale-drill-'));

/** Declares the tests of one drill. */
export function testAlone(drill: Drill): void {
  const skip = needsRoot();
  test(`the drill ${drill.name} is our own hand and leaves nothing behind`, { skip }, async () => {
    const own = new Set<number>();
    let pids: number[] = [];
    {
      await using act = await drill.act({ own }, AbortSignal.timeout(10_000));
      pids = [...own];
      assert.ok(pids.length > 0 && act.words.length > 10);
      assert.ok(Math.abs(Date.now() - act.atMs) < 10_000);
      const alert = (rule: string, pid: number): Alert =>
        ({ finding: { rule, facts: {}, who: { pid } } }) as unknown as Alert;
      assert.ok(pids.some((pid) => act.isToldBy(alert(drill.rules[0] ?? '', pid))));
      assert.ok(!act.isToldBy(alert(drill.rules[0] ?? '', 1)));
      assert.ok(!act.isToldBy(alert('listener-gone', pids[0] ?? 0)));
    }
    assert.equal(own.size, 0);
    for (const pid of pids) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
    assert.deepEqual(leftOvers(), []);
  });

  test(`the drill ${drill.name} can be stopped before it began`, { skip }, async () => {
    const own = new Set<number>();
    await drill.act({ own }, AbortSignal.abort()).then(
      (act) => act[Symbol.asyncDispose](),
      () => undefined,
    );
    assert.equal(own.size, 0);
    assert.deepEqual(leftOvers(), []);
  });
}
