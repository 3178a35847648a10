import assert from 'node:assert/strict';
import {
  closeSync,
  mkdirSync,
  openSync,
  renameSync,
  statfsSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeTemp } from '#test/lab/temp.ts';
import { examine, type Finding } from './doctor.ts';

const DAY_MS = 86_400_000;

/** A folder with `log/` and a configuration; files stay open for writing, as daemons hold them. */
async function makePlace(config: string) {
  const temp = await makeTemp();
  const folder = temp.path;
  const open: number[] = [];
  mkdirSync(join(folder, 'log'));
  writeFileSync(join(folder, 'conf'), config.replaceAll('@/', `${folder}/`), { mode: 0o644 });
  return {
    log: (name: string) => join(folder, 'log', name),
    /** Opens a log as a daemon does, and keeps it open. */
    hold: (name: string, flags = 'a') => {
      open.push(openSync(join(folder, 'log', name), flags));
    },
    /** Findings about this folder; the machine that runs the test may have its own. */
    findings: (nowMs = Date.now()): Finding[] =>
      examine([join(folder, 'conf')], nowMs).filter(({ file }) => file.startsWith(folder)),
    [Symbol.asyncDispose]: async () => {
      for (const fd of open) closeSync(fd);
      await temp[Symbol.asyncDispose]();
    },
  };
}

const kinds = (findings: readonly Finding[]): string[] => findings.map(({ kind }) => kind);

test('a log that is covered, open and in its place is no finding', async () => {
  await using place = await makePlace('@/log/*.log {\nweekly\n}\n');
  place.hold('app.log');
  assert.deepEqual(place.findings(), []);
});

test('a rotated file that somebody still writes to', async () => {
  await using place = await makePlace('@/log/*.log {\nweekly\ncreate\n}\n');
  place.hold('app.log');
  renameSync(place.log('app.log'), place.log('app.log.1'));
  writeFileSync(place.log('app.log'), '');
  const [finding, ...more] = place.findings();
  assert.deepEqual(more, []);
  assert.equal(finding?.kind, 'holds-rotated');
  assert.equal(finding.file, place.log('app.log.1'));
  assert.match(finding.words, new RegExp(`\\(pid ${process.pid}\\) still writes`));
  assert.match(finding.next, new RegExp(`kill -HUP ${process.pid}`));
});

test('a rotated file that was removed and is still written to keeps its space', async () => {
  await using place = await makePlace('@/log/*.log {\nweekly\nrotate 0\n}\n');
  writeFileSync(place.log('app.log'), '');
  place.hold('app.log-20260101');
  unlinkSync(place.log('app.log-20260101'));
  assert.deepEqual(kinds(place.findings()), ['holds-rotated']);
});

test('a rotated file that is only read is no finding', async () => {
  await using place = await makePlace('@/log/*.log {\nweekly\n}\n');
  writeFileSync(place.log('app.log'), '');
  writeFileSync(place.log('app.log.1'), '');
  place.hold('app.log.1', 'r');
  assert.deepEqual(place.findings(), []);
});

test('a paragraph that matches nothing, with its line', async () => {
  await using place = await makePlace('# a comment\n@/log/gone-*.log {\nweekly\nmissingok\n}\n');
  const [finding, ...more] = place.findings();
  assert.deepEqual(more, []);
  assert.equal(finding?.kind, 'matches-nothing');
  assert.equal(finding.file, place.log('gone-*.log'));
  assert.match(finding.words, /conf:2 has no log/);
});

test('a log open for writing that no paragraph covers', async () => {
  await using place = await makePlace('@/log/known.log {\nweekly\n}\n');
  writeFileSync(place.log('known.log'), '');
  place.hold('forgotten.log');
  place.hold('data.db');
  const [finding, ...more] = place.findings();
  assert.deepEqual(more, []);
  assert.equal(finding?.kind, 'not-rotated');
  assert.equal(finding.file, place.log('forgotten.log'));
});

test('the disk is full in as many days as the logs that nothing rotates need', async () => {
  await using place = await makePlace('@/log/known.log {\nweekly\n}\n');
  writeFileSync(place.log('known.log'), '');
  place.hold('forgotten.log');
  const { bavail, bsize } = statfsSync(place.log('forgotten.log'));
  // Half of the free space in ten days: the rest of it lasts twenty. The file is a hole and takes nothing.
  const size = Math.floor((bavail * bsize) / 2);
  truncateSync(place.log('forgotten.log'), size);
  const full = (days: number) => place.findings(Date.now() + days * DAY_MS).find(({ kind }) => kind === 'disk-full');
  assert.match(full(10)?.words ?? '', /full in (?:19|20|21) days/);
  assert.equal(full(100), undefined, 'what lasts 200 days is not told');
  assert.equal(full(0), undefined, 'a file of this minute says nothing about its growth');
});

test('the old errors directive and a command without its postrotate are explained', async () => {
  await using place = await makePlace(
    '@/log/a.log {\nweekly\nerrors root@example.org\n}\n@/log/b.log {\nweekly\n/bin/true\nendscript\n}\n',
  );
  writeFileSync(place.log('a.log'), '');
  writeFileSync(place.log('b.log'), '');
  const found = examine([place.log('../conf')], Date.now(), []);
  assert.ok(found.some(({ kind, words }) => kind === 'errors-directive' && words.includes('root@example.org')));
  assert.ok(
    found.some(({ kind, words }) => kind === 'mistake' && words.includes('put "postrotate" alone on the line above')),
    JSON.stringify(found),
  );
});
