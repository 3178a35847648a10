import assert from 'node:assert/strict';
import test from 'node:test';
import { door } from '#test/lab/fake-watch.ts';
import { lines, stage, terminal } from '#test/lab/stage.ts';

const hourMs = 3_600_000;

test('within a window changes are explained and normal, but what is dangerous is not', async () => {
  await using at = await stage();
  const { clock } = at.host;
  const desk = at.watch.desk(terminal);
  const open = { act: 'start', untilMs: clock.nowMs() + hourMs, reason: 'kernel update' } as const;
  await desk.ask('maintenance', open);
  at.scene.rows = [door(80), door(4444, { state: 'deleted' })];
  await clock.advance(11_000);
  const told = lines(at.file);
  assert.ok(told.includes('open 1× Maintenance by root: kernel update'), told.join('\n'));
  assert.ok(told.includes('closed 1× /usr/bin/nc opened 80'), told.join('\n'));
  assert.ok(told.includes('open 1× /usr/bin/nc is deleted'), told.join('\n'));
  const { alert } = at.file.told.find((notice) => notice.alert.finding.title.endsWith('opened 80')) ?? {};
  assert.equal(alert?.explainedBy, 'maintenance by root: kernel update');
  const { rows } = await desk.ask('rows', { table: 'doors' });
  assert.deepEqual(
    rows.map(({ row, mark }) => [row['port'], mark]),
    [
      [80, 'known'],
      [4444, 'new'],
    ],
  );
  await clock.advance(hourMs + 61_000);
  assert.ok(lines(at.file).some((line) => /^update closed .*Maintenance/.test(line)));
  at.scene.rows = [...at.scene.rows, door(81)];
  await clock.advance(11_000);
  assert.ok(lines(at.file).includes('open 1× /usr/bin/nc opened 81'));
});

test('a window ends when it is told to, and bad ones are refused', async () => {
  await using at = await stage();
  const desk = at.watch.desk(terminal);
  const nowMs = at.host.clock.nowMs();
  const start = (untilMs: number) => desk.ask('maintenance', { act: 'start', untilMs, reason: 'x' });
  await assert.rejects(start(nowMs), { code: 'BAD_TIME' });
  await assert.rejects(start(nowMs + 25 * hourMs), { code: 'BAD_TIME' });
  await assert.rejects(desk.ask('maintenance', { act: 'end', untilMs: 0, reason: '' }), { code: 'NOT_FOUND' });
  // Commits are spaced by the clock, which stands still until it is moved.
  const done = async <T>(asked: Promise<T>): Promise<T> => {
    await at.host.clock.advance(1_000);
    return await asked;
  };
  await done(start(nowMs + hourMs));
  const shown = await desk.ask('maintenance', { act: 'show', untilMs: 0, reason: '' });
  assert.equal(shown.window?.by, 'root');
  await done(desk.ask('maintenance', { act: 'end', untilMs: 0, reason: '' }));
  assert.deepEqual(await desk.ask('maintenance', { act: 'show', untilMs: 0, reason: '' }), {});
  at.scene.rows = [door(80)];
  await at.host.clock.advance(11_000);
  assert.ok(lines(at.file).includes('open 1× /usr/bin/nc opened 80'));
});
