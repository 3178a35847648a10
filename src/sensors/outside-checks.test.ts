import assert from 'node:assert/strict';
import test from 'node:test';
import type { OutsideCheck, OutsideEnd } from '#model/outside.ts';
import { fakeHost, settle } from '#test/lab/fake-host.ts';
import sensor from './outside-checks.ts';

const signal = new AbortController().signal;
const check = (name: string, more: Partial<OutsideCheck> = {}): OutsideCheck => ({
  name,
  run: ['/usr/lib/nagios/plugins/check_x'],
  everyMs: 60_000,
  timeLimitMs: 30_000,
  user: 'nobody',
  format: 'nagios',
  ...more,
});
const end = (code: number, stdout: string, more: Partial<OutsideEnd> = {}): OutsideEnd => ({
  code,
  stdout: Buffer.from(stdout),
  stderr: Buffer.alloc(0),
  why: '',
  tookMs: 5,
  ...more,
});

test('each check is run in its time, and what it says is a row', async () => {
  const runs: string[] = [];
  const host = Object.assign(fakeHost(), {
    outside: {
      checks: [check('a'), check('b', { format: 'lines', everyMs: 600_000 })],
      run: (asked: OutsideCheck) => {
        runs.push(asked.name);
        return Promise.resolve(asked.name === 'a' ? end(1, 'WARNING - x | y=1s\nmore\n') : end(0, ''));
      },
    },
  });
  const { rows } = await sensor.look(host, signal);
  assert.deepEqual(
    rows.map(({ name, state, text, more, measured }) => [name, state, text, more, measured]),
    [
      ['a', 'warning', 'WARNING - x', ['more'], ['y=1s']],
      ['b', 'ok', '', [], []],
    ],
  );
  await sensor.look(host, signal);
  assert.deepEqual(runs, ['a', 'b']);
  await host.clock.advance(61_000);
  await sensor.look(host, signal);
  await settle();
  assert.deepEqual(runs, ['a', 'b', 'a']);
});

test('a check that hangs keeps nobody waiting but for the first look, and is told when it was ended', async () => {
  const late = Promise.withResolvers<OutsideEnd>();
  const host = Object.assign(fakeHost(), { outside: { checks: [check('slow')], run: () => late.promise } });
  const looking = sensor.look(host, signal);
  await host.clock.advance(11_000);
  const first = await looking;
  assert.deepEqual(first.rows, []);
  assert.deepEqual(
    first.gaps.map(({ what, reduced }) => [what, reduced]),
    [['check slow', true]],
  );
  late.resolve(end(-1, '', { why: 'no end after 30000 ms' }));
  await settle();
  const { rows } = await sensor.look(host, signal);
  assert.deepEqual(
    rows.map(({ state, text }) => `${state}: ${text}`),
    ['failed: no end after 30000 ms'],
  );
});

test('without checks there is nothing to do', async () => {
  assert.deepEqual(await sensor.look(fakeHost(), signal), { rows: [], gaps: [], by: 'no checks' });
});
