import assert from 'node:assert/strict';
import test from 'node:test';
import type { Finding, Who } from '#model/finding.ts';
import type { PackageRun, Writer } from '#model/host.ts';
import { defineTable } from '#model/table.ts';
import { fakeHost } from '../../test/lab/fake-host.ts';
import { explainedTouch, touch, withWriter } from './file-touch.ts';

const table = defineTable({
  name: 'lines',
  doc: '',
  slot: [],
  file: 'path',
  columns: { name: ['text', '', 'identity'], path: ['text', ''] },
});
const finding: Finding = {
  rule: 'line-new',
  severity: 'high',
  subject: 'a',
  title: '',
  why: '',
  next: '',
  facts: { line: 'x' },
};
const who: Who = {
  pid: 7,
  exe: '/usr/bin/vim',
  comm: 'vim',
  cmdline: '',
  user: 'root',
  uid: 0,
  parents: [],
  unit: '',
  package: 'vim',
  session: '4',
  startedMs: 0,
};
const writer: Writer = { who, timeMs: 1, underDpkg: false };
const added = { type: 'added', after: { name: 'a', path: '/etc/a' } } as const;
const run: PackageRun = { startedMs: 1, endedMs: 0, packages: new Map([['nginx', 'nginx 1 → 2']]) };

test('the last writer of the file is who it was, unless the rule knows', () => {
  const host = fakeHost();
  host.writers.set('/etc/a', writer);
  const touched = touch(table, added, host);
  assert.deepEqual(touched, { path: '/etc/a', writer });
  const told = withWriter(finding, touched);
  assert.equal(told.who?.exe, '/usr/bin/vim');
  assert.deepEqual(told.facts, { line: 'x', file: '/etc/a' });
  const known = { ...who, exe: '/usr/bin/nano' };
  assert.equal(withWriter({ ...finding, who: known }, touched).who?.exe, '/usr/bin/nano');
  assert.equal(touch({ ...table, file: 'nothing' }, added, host), undefined);
  assert.equal(withWriter(finding, undefined), finding);
});

test('a package run explains files that are as packaged, and what dpkg itself did', () => {
  const host = fakeHost();
  const at = { host, run };
  const touched = { path: '/etc/a', writer };
  assert.equal(explainedTouch(finding, touched, at), undefined);
  host.packaged.set('/etc/a', { name: 'nginx', verify: 'same' });
  assert.equal(explainedTouch(finding, touched, at), 'package run: nginx 1 → 2, the file is as packaged');
  assert.equal(explainedTouch(finding, touched, { host, run: undefined }), undefined);
  host.packaged.set('/etc/a', { name: 'nginx', verify: 'differs' });
  assert.equal(explainedTouch(finding, touched, at), undefined);
  const byDpkg = { path: '/etc/passwd', writer: { ...writer, underDpkg: true, who: { ...who, comm: 'useradd' } } };
  assert.equal(explainedTouch(finding, byDpkg, at), 'package run: useradd did it for dpkg');
  assert.equal(explainedTouch({ ...finding, dangerous: true }, byDpkg, at), undefined);
});

test('a way in is explained where dpkg itself put a file of its package there, not where its script wrote one', () => {
  const host = fakeHost();
  const at = { host, run };
  const way = { ...finding, onlyAsPackaged: true };
  const script = { path: '/etc/a', writer: { ...writer, underDpkg: true } };
  const itself = { path: '/etc/a', writer: { ...script.writer, isDpkg: true } };
  assert.equal(explainedTouch(way, itself, at), undefined, 'of no package');
  host.packaged.set('/etc/a', { name: 'nginx', verify: 'unknown' });
  assert.equal(explainedTouch(way, script, at), undefined);
  assert.equal(explainedTouch(way, itself, at), 'package run: nginx 1 → 2, dpkg put the file there');
  assert.equal(explainedTouch({ ...way, dangerous: true }, itself, at), undefined);
});

test('what went with its folder was removed by who removed the folder; one that stands says nothing', () => {
  const host = fakeHost();
  host.writers.set('/etc/pg', writer);
  const removed = { type: 'removed', before: { name: 'a', path: '/etc/pg/15/main/a' } } as const;
  assert.equal(touch(table, removed, host)?.writer, writer);
  host.disk.set('/etc/pg', { content: Buffer.alloc(0), ctimeMs: 1, inode: 1 });
  assert.equal(touch(table, removed, host)?.writer, undefined);
  assert.equal(touch(table, { type: 'added', after: removed.before }, host)?.writer, undefined);
});

test('that a package is another one is explained by the log of dpkg, also when nobody can prove who wrote it down', () => {
  const host = fakeHost();
  const status = { path: '/var/lib/dpkg/status', writer };
  const changed = { ...finding, facts: { package: 'nginx' } };
  assert.equal(explainedTouch(changed, status, { host, run }), 'package run: nginx 1 → 2');
  assert.equal(explainedTouch({ ...changed, facts: { package: 'vim' } }, status, { host, run }), undefined);
  assert.equal(explainedTouch({ ...changed, dangerous: true }, status, { host, run }), undefined);
  assert.equal(explainedTouch(changed, { path: '/etc/a', writer }, { host, run }), undefined);
});

test('what its package took along is explained by the run that removed it, and only when it is gone', () => {
  const host = fakeHost();
  const removed = { type: 'removed', before: { name: 'a', path: '/etc/a', package: 'nginx' } } as const;
  const gone = touch(table, removed, host);
  assert.equal(explainedTouch(finding, gone, { host, run }), undefined, 'an upgrade takes nothing along');
  const removal = { ...run, packages: new Map([['nginx', 'nginx 1 removed']]) };
  const words = 'package run: nginx 1 removed, and its file with it';
  assert.equal(explainedTouch(finding, gone, { host, run: removal }), words);
  assert.equal(explainedTouch({ ...finding, dangerous: true }, gone, { host, run: removal }), undefined);
  host.disk.set('/etc/a', { content: Buffer.from('it is there, and its row is not'), ctimeMs: 1, inode: 1 });
  assert.equal(explainedTouch(finding, touch(table, removed, host), { host, run: removal }), undefined);
});
