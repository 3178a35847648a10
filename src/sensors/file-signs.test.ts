import assert from 'node:assert/strict';
import test from 'node:test';
import type { DeepStat } from '#model/integrity.ts';
import { isBuildPart, mayBeOdd, needsHead, programKind, signsOf } from './file-signs.ts';

const NOW = Date.UTC(2026, 10, 21);

function stat(more: Partial<DeepStat> = {}): DeepStat {
  return {
    type: 'file',
    mode: 0o644,
    uid: 0,
    gid: 0,
    sizeBytes: 100,
    mtimeMs: NOW - 1000,
    ctimeMs: NOW - 1000,
    bornMs: NOW - 1000,
    inode: 1,
    device: '8:1',
    links: 1,
    immutable: false,
    appendOnly: false,
    ...more,
  };
}

const signs = (path: string, more: Partial<DeepStat> = {}, program: 'binary' | 'script' | '' = '', unowned = false) =>
  signsOf({ path, stat: stat(more), program, capabilities: '', unowned, nowMs: NOW });

test('rights, places, names and times are odd in themselves', () => {
  assert.deepEqual(signs('/usr/bin/x', { mode: 0o4755 }), ['setuid']);
  assert.deepEqual(signs('/usr/bin/x', { mode: 0o2755 }), ['setgid']);
  assert.deepEqual(signs('/etc/x', { mode: 0o666 }), ['writable by everyone']);
  assert.deepEqual(signs('/etc/x', { type: 'directory', mode: 0o777 }), ['writable by everyone']);
  assert.deepEqual(signs('/opt/x', {}, '', true), ['unowned']);
  assert.deepEqual(signs('/home/x', { immutable: true }), ['immutable']);
  assert.deepEqual(signs('/dev/shm/x', {}, 'binary'), ['program in open place']);
  assert.deepEqual(signs('/usr/lib/.x', {}, 'binary'), ['hidden program']);
  assert.deepEqual(signs('/etc/x', { mtimeMs: NOW + 2 * 86_400_000 }), ['changed in the future']);
  for (const name of ['...', '.. ', ' ', 'passwd ', 'a\u200bb', '\u0001'])
    assert.deepEqual(signs(`/var/tmp/${name}`), ['misleading name'], JSON.stringify(name));
});

test('what is meant so is not odd', () => {
  assert.deepEqual(signs('/tmp/x', { type: 'directory', mode: 0o1777 }), []);
  assert.deepEqual(signs('/etc/x', { type: 'directory', mode: 0o1777 }), []);
  assert.deepEqual(signs('/home/u/x', { mode: 0o666 }), []);
  assert.deepEqual(signs('/home/u/.cargo/bin/x', {}, 'binary'), []);
  assert.deepEqual(signs('/usr/lib/debug/.build-id/aa/bb.debug', {}, 'binary'), []);
  assert.deepEqual(signs('/usr/bin/x', { type: 'directory', mode: 0o2775 }), []);
  assert.deepEqual(signs('/etc/..data'), []);
});

test('whatever has a sign may be odd: the walk passes nothing by', () => {
  const cases: [string, Partial<DeepStat>, boolean][] = [
    ['/usr/bin/x', { mode: 0o4755 }, false],
    ['/etc/x', { mode: 0o666 }, false],
    ['/opt/x', {}, true],
    ['/home/x', { appendOnly: true }, false],
    ['/tmp/x', {}, false],
    ['/usr/lib/.x', {}, false],
    ['/var/tmp/...', { type: 'directory' }, false],
  ];
  for (const [path, more, unowned] of cases) assert.ok(mayBeOdd(path, stat(more), unowned), path);
  assert.ok(!mayBeOdd('/usr/share/x', stat(), false));
  assert.ok(!needsHead('/usr/share/x', stat()) && !needsHead('/tmp/x', stat({ type: 'other' })));
});

test('programKind() knows programs and scripts', () => {
  assert.equal(programKind(Buffer.from('7f454c46', 'hex')), 'binary');
  assert.equal(programKind(Buffer.from('#!/bin/sh')), 'script');
  assert.equal(programKind(Buffer.from('text')), '');
});

test('what a compiler has not linked yet and the dump of a program are no programs; a module of the kernel is', () => {
  const elf = (type: string): Buffer => Buffer.from(`7f454c4602010100${'00'.repeat(8)}${type}`, 'hex');
  assert.equal(isBuildPart(elf('0100'), '/tmp/ccAbC.o'), true);
  assert.equal(isBuildPart(elf('0400'), '/tmp/core.4711'), true);
  for (const type of ['0200', '0300'])
    assert.equal(isBuildPart(elf(type), '/tmp/x.o'), false, 'a program under a false name');
  assert.equal(isBuildPart(elf('0100'), '/dev/shm/x.ko'), false);
  assert.equal(isBuildPart(Buffer.from('7f454c46', 'hex'), '/tmp/x.o'), false);
  assert.equal(isBuildPart(Buffer.from('#!/bin/sh; and more of it'), '/tmp/x.o'), false);
});
