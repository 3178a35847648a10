import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { datePattern, formatDate, sortByDate } from './logrotate-dateformat.ts';

test('formatDate() writes every letter as date(1) does', () => {
  const format = '%Y %m %d %H %M %S %V %s %z %G %y %g %U %W %u %w %j';
  for (const second of [0, 1_735_689_599, 1_735_603_200, 1_709_164_800, 1_798_761_599, 951_782_400]) {
    const real = spawnSync('/bin/date', ['-d', `@${second}`, `+${format}`], { encoding: 'utf8' }).stdout.trim();
    assert.equal(formatDate(format, new Date(second * 1000)).replace(/ 0 /, ' 0 '), real);
  }
});

test('formatDate() leaves other letters alone, and datePattern() finds what it wrote', () => {
  assert.equal(formatDate('.%q%%Y', new Date(2026, 0, 1)), '.%q%2026');
  assert.equal(datePattern('-%Y%u'), '-[0-9][0-9][0-9][0-9][0-9]');
});

test('sortByDate() orders by the date, not by the text', () => {
  const names = ['/l-02012024', '/l-01122023', '/l-15062023'];
  assert.deepEqual(sortByDate(names, 2, '-%d%m%Y'), ['/l-15062023', '/l-01122023', '/l-02012024']);
});
