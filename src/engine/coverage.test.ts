import assert from 'node:assert/strict';
import test from 'node:test';
import { stage, terminal } from '../../test/lab/stage.ts';

test('coverage: a failing sensor while it fails, and the time in which the watch was stopped', async () => {
  await using first = await stage();
  const startMs = first.host.clock.nowMs();
  first.scene.fail = new Error('EIO');
  await first.host.clock.advance(12_000);
  const failing = await first.watch.desk(terminal).ask('coverage', {});
  assert.deepEqual(
    failing.spans.map(({ what, untilMs }) => [what, untilMs]),
    [
      ['doors', 0],
      ['everything', startMs - 5_000],
    ],
  );
  assert.match(failing.spans.map(({ why }) => why).join(), /cannot look: EIO/);
  first.scene.fail = undefined;
  await first.host.clock.advance(12_000);
  const mended = await first.watch.desk(terminal).ask('coverage', {});
  assert.ok(mended.spans.every(({ what, untilMs }) => what === 'everything' || untilMs > startMs));
  await first.host.clock.advance(3_600_000);
  const stoppedMs = first.host.clock.nowMs();
  await first.watch[Symbol.asyncDispose]();
  await first.host.clock.advance(600_000);
  const second = await first.again();
  const { spans } = await second.watch.desk(terminal).ask('coverage', {});
  const gap = spans.find(({ what }) => what === 'everything');
  assert.ok(gap !== undefined);
  assert.equal(gap.why, 'The watch was stopped');
  assert.ok(Math.abs(gap.fromMs - stoppedMs) < 5_000, String(gap.fromMs));
  assert.ok(gap.untilMs - gap.fromMs >= 600_000);
  const none = await second.watch.desk(terminal).ask('coverage', { sinceMs: second.host.clock.nowMs() });
  assert.deepEqual(none.spans, []);
});
