import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Alert } from '#model/finding.ts';
import type { ShownScan } from '#model/verbs.ts';
import { pageOfScans } from './scan-page.ts';

const scan = (id: string, lastMs: number, more: { closed?: boolean; dots?: ShownScan['dots'] } = {}): ShownScan => ({
  alert: { id, lastMs, state: more.closed === true ? 'closed' : 'open' } as Alert,
  dots: more.dots ?? [],
  ...(more.closed === true ? {} : { row: { source: id } }),
});
const found = (scans: readonly ShownScan[]) => ({ watching: true, gaps: [], scans });
const ids = (scans: readonly ShownScan[]): string[] => scans.map(({ alert }) => alert.id);

test('what goes on comes first, old ones are left out unless they go on, and the rest is counted', () => {
  const scans = [
    scan('old', 10, { closed: true }),
    scan('ended', 500, { closed: true }),
    scan('newer', 600, { closed: true }),
    scan('going since long', 5),
  ];
  const page = pageOfScans(found(scans), { sinceMs: 100, limit: 2 });
  assert.deepEqual(ids(page.scans), ['going since long', 'newer']);
  assert.equal(page.total, 3);
});

test('a picture is thinned evenly, from its first to its last probes', () => {
  const dots = Array.from({ length: 12_000 }, (_, index) => [index, 0, index % 65_536] as const);
  const [shown] = pageOfScans(found([scan('a', 1, { dots })]), { sinceMs: 0, limit: 10 }).scans;
  assert.equal(shown?.dots.length, 1200);
  assert.deepEqual(shown?.dots[0], [0, 0, 0]);
  assert.ok((shown?.dots.at(-1)?.[0] ?? 0) > 11_900);
});

test('two hundred pictures together stay small as well', () => {
  const dots = Array.from({ length: 1000 }, (_, index) => [index, 0, index] as const);
  const scans = Array.from({ length: 300 }, (_, index) => scan(`s${index}`, index, { dots }));
  const page = pageOfScans(found(scans), { sinceMs: 0, limit: 200 });
  assert.deepEqual([page.scans.length, page.total], [200, 300]);
  assert.equal(page.scans.flatMap((one) => one.dots).length, 40_000);
});
