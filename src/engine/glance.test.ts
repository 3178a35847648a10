import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoredAlert } from '#model/store.ts';
import { defineTable, keyOf, type Row } from '#model/table.ts';
import { type GlanceParts, glanceDesk } from './glance.ts';

const doors = defineTable({
  name: 'doors',
  doc: 'Doors.',
  slot: ['door'],
  columns: { door: ['text', 'Which', 'identity'], lock: ['text', 'How it is shut', 'compared'], pid: ['int', 'Whose'] },
});
const views = defineTable({
  name: 'connections',
  doc: 'Views.',
  slot: ['door'],
  columns: { door: ['text', 'W', 'identity'] },
});

const row = (door: string, lock = 'bolt', pid = 5): Row => ({ door, lock, pid });
const stored = (of: Row) => ({ table: 'doors', key: keyOf(of, doors.key), row: of, by: 'learning', sinceMs: 1234 });
const version = { version: 1, by: 'root', reason: '', kind: 'replace', rows: 1, madeMs: 1 } as const;

function desk(rows: readonly Row[], store: Partial<NonNullable<GlanceParts['store']>> | undefined) {
  const whole = {
    baseline: () => undefined,
    seen: () => [],
    openAlerts: () => [],
    value: () => undefined,
    ...store,
  };
  const look = () => Promise.resolve({ rows, gaps: [{ what: 'w', why: 'y' }], by: 'hand' });
  const clock = { nowMs: () => 9000 } as GlanceParts['host']['clock'];
  return glanceDesk({
    host: { clock, own: new Set([77]) },
    tables: [
      { table: doors, watched: true, look },
      { table: views, watched: false, look },
    ],
    store: store && whole,
  });
}

const marksOf = async (asked: ReturnType<typeof desk>): Promise<unknown[]> =>
  (await asked.ask('rows', { table: 'doors' })).rows.map(({ row: of, mark, sinceMs }) => [of['door'], mark, sinceMs]);

test('rows are marked against what a watch left', async () => {
  const baseline = { version, rows: [stored(row('front')), stored(row('back', 'chain'))] };
  const seen = [stored(row('front'))];
  const asked = desk([row('front'), row('back'), row('side'), row('ours', 'bolt', 77)], {
    baseline: () => baseline,
    seen: () => seen,
    value: (name) => (name === 'learned.doors' ? '1' : undefined),
  });
  assert.deepEqual(await marksOf(asked), [
    ['front', 'known', 1234],
    ['back', 'new', 9000],
    ['side', 'new', 9000],
    ['ours', 'ours', 9000],
  ]);
});

test('before the table was learned only what alerts is new', async () => {
  const alert = { table: 'doors', key: keyOf(row('back'), doors.key) } as StoredAlert;
  const other = { table: 'windows', key: keyOf(row('side'), doors.key) } as StoredAlert;
  const asked = desk([row('back'), row('side')], { openAlerts: () => [alert, other] });
  assert.deepEqual(await marksOf(asked), [
    ['back', 'new', 9000],
    ['side', '-', 9000],
  ]);
});

test('without a memory nothing is known and nothing new; a view has no news', async () => {
  const asked = desk([row('front'), row('ours', 'bolt', 77)], undefined);
  assert.deepEqual(await marksOf(asked), [
    ['front', '-', 9000],
    ['ours', 'ours', 9000],
  ]);
  const talking = await asked.ask('rows', { table: 'doors', connections: true });
  assert.deepEqual(
    talking.rows.map(({ mark, sinceMs }) => [mark, sinceMs]),
    [
      ['known', 0],
      ['ours', 0],
    ],
  );
  assert.deepEqual([talking.by, talking.gaps.length, talking.takenMs], ['hand', 1, 9000]);
});

test('what it cannot answer is an error in words', async () => {
  await assert.rejects(desk([], undefined).ask('rows', { table: 'walls' }), { code: 'NO_TABLE', message: /walls/ });
  await assert.rejects(desk([], undefined).ask('verify', {}), { code: 'UNKNOWN_VERB', message: /verify/ });
});
