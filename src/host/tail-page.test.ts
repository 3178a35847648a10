import assert from 'node:assert/strict';
import { closeSync, existsSync, fstatSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { type Failure, isFailure } from '#model/host.ts';
import { type HeldPage, holdTail, pageBytes, type Tail, urgently } from './tail-page.ts';

const places = [tmpdir(), '/dev/shm'].filter((place) => existsSync(place));

function whole<T extends object>(value: T | Failure): T {
  if (isFailure(value)) assert.fail(value.error);
  return value;
}

/** A file of `before` bytes that somebody appends to while we hold its last page; what was told, and what is left. */
function emptied(place: string, before: number, appended: string): { tail: Tail; left: string } {
  const folder = mkdtempSync(join(place, 'telltale-test-'));
  const path = join(folder, 'log');
  const ours = openSync(path, 'w+');
  const theirs = openSync(path, 'a');
  try {
    writeSync(theirs, 'x'.repeat(before));
    using held: HeldPage = whole(holdTail(ours, before));
    writeSync(theirs, appended);
    const tail = whole(held.cut([]));
    assert.equal(fstatSync(ours).size, 0);
    writeSync(theirs, 'after\n');
    return { tail, left: readFileSync(path, 'utf8') };
  } finally {
    closeSync(ours);
    closeSync(theirs);
    rmSync(folder, { recursive: true });
  }
}

for (const place of places) {
  test(`what is written between the last read and the truncation is kept (${place})`, () => {
    for (const before of [1, 100, pageBytes + 1, 3 * pageBytes - 100]) {
      const { tail, left } = emptied(place, before, 'one line\nand two\n');
      assert.equal(tail.rest.toString(), 'one line\nand two\n');
      assert.equal(tail.full, false);
      assert.equal(left, 'after\n');
    }
  });

  test(`what goes beyond the page is told (${place})`, () => {
    const { tail } = emptied(place, pageBytes - 10, 'y'.repeat(30));
    assert.equal(tail.rest.toString(), 'y'.repeat(10));
    assert.equal(tail.full, true);
  });
}

test('a page that is not there yet cannot be held', () => {
  const folder = mkdtempSync(join(tmpdir(), 'telltale-test-'));
  const fd = openSync(join(folder, 'log'), 'w+');
  try {
    const held = holdTail(fd, 0);
    assert.ok(isFailure(held) && held.error === 'EINVAL');
  } finally {
    closeSync(fd);
    rmSync(folder, { recursive: true });
  }
});

test('urgent work runs at a real-time priority where that is allowed, and no longer than it lasts', () => {
  const policy = (): string => /^policy\s*:\s*(\d+)$/m.exec(readFileSync('/proc/thread-self/sched', 'utf8'))?.[1] ?? '';
  const before = policy();
  assert.throws(() => urgently(() => assert.fail('an error of the action')), /an error of the action/);
  const during = urgently(policy);
  assert.equal(policy(), before);
  assert.ok(during === '1' || process.getuid?.() !== 0 || during === before);
});

test('a writer beyond the page tells how far it came', () => {
  const folder = mkdtempSync(join(tmpdir(), 'telltale-test-'));
  const ours = openSync(join(folder, 'log'), 'w+');
  const theirs = openSync(join(folder, 'log'), 'a');
  const position = openSync(`/proc/self/fdinfo/${theirs}`, 'r');
  try {
    writeSync(theirs, 'x'.repeat(10));
    using held: HeldPage = whole(holdTail(ours, 10));
    writeSync(theirs, 'y'.repeat(pageBytes));
    const tail = whole(held.cut([position]));
    assert.equal(tail.rest.length, pageBytes - 10);
    assert.equal(tail.furthest, pageBytes + 10);
  } finally {
    for (const fd of [ours, theirs, position]) closeSync(fd);
    rmSync(folder, { recursive: true });
  }
});
