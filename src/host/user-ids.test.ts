import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallName } from '#formats/trace-records.ts';
import type { Files } from '#model/host.ts';
import { UserIds } from './user-ids.ts';

const UNCHANGED = 0xffff_ffff;
const status = (uids: string): string =>
  `Name:\tx\nTgid:\t7\nTracerPid:\t0\nUid:\t${uids}\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n`;

/** Process 7 is marta's, 8 a service that gave its rights away for a moment; /usr/bin/sudo is setuid. */
function ids(): UserIds {
  const texts: Readonly<Record<string, string>> = {
    '/proc/7/status': status('1000\t1000\t1000\t1000'),
    '/proc/8/status': status('0\t65534\t0\t65534'),
  };
  const files = {
    read: (path: string) => (path in texts ? Buffer.from(texts[path] ?? '') : { error: 'ENOENT', path }),
    stat: (path: string) => ({ mode: path === '/usr/bin/sudo' ? 0o104755 : 0o100755, uid: 0 }),
    readlink: (path: string) => (path === '/proc/7/exe' ? '/usr/bin/sudo' : { error: 'ENOENT', path }),
  };
  const made = new UserIds(files as unknown as Files);
  made.read(7);
  made.read(8);
  return made;
}

const ways: readonly (readonly [CallName, readonly number[]])[] = [
  ['setuid', [0]],
  ['setreuid', [UNCHANGED, 0]],
  ['setresuid', [UNCHANGED, UNCHANGED, 0]],
];

test('whoever has no id of root and takes one by any call gains it, once', () => {
  for (const [call, values] of ways) {
    const made = ids();
    assert.deepEqual(made.onCall(7, call, values), { formerUid: 1000 }, call);
    assert.equal(made.onCall(7, call, values), undefined, 'it has them now');
  }
});

test('who only comes back to rights that it kept gains nothing; nor who gives them away', () => {
  const made = ids();
  assert.equal(made.onCall(8, 'setresuid', [UNCHANGED, 0, UNCHANGED]), undefined);
  assert.equal(made.onCall(8, 'setuid', [33]), undefined, 'gave them away for good');
  assert.deepEqual(made.onCall(8, 'setuid', [0]), { formerUid: 33 });
});

test('a child has the ids of its parent, also when the parent changed them since the last reading', () => {
  const made = ids();
  made.onFork(8, 80, false);
  assert.equal(made.onCall(80, 'setuid', [0]), undefined, 'its parent kept root');
  made.onCall(80, 'setresuid', [1000, 1000, 1000]);
  made.onFork(80, 81, false);
  assert.deepEqual(made.onCall(81, 'setuid', [0]), { formerUid: 1000 });
});

test('a setuid program gives rights at its start, by whatever name it is called, and what it does later is no gain', () => {
  const made = ids();
  assert.equal(made.onExec(7, '/usr/bin/id', 0), undefined);
  assert.deepEqual(made.onExec(7, '/usr/bin/sudo', 0), { formerUid: 1000 });
  assert.equal(made.onCall(7, 'setuid', [0]), undefined);
  assert.deepEqual(ids().onExec(7, './s', 0), { formerUid: 1000 });
  const root = ids();
  root.onFork(8, 9, false);
  assert.equal(root.onExec(9, '/usr/bin/sudo', 0), undefined, 'started by root');
});

test('in a user namespace of its own, and of who is not known, nothing is told', () => {
  const made = ids();
  made.onFork(7, 70, true);
  made.onFork(70, 71, false);
  assert.equal(made.onCall(71, 'setuid', [0]), undefined);
  made.setApart(7);
  assert.equal(made.onCall(7, 'setuid', [0]), undefined);
  const lost = ids();
  lost.onLoss();
  assert.equal(lost.onCall(7, 'setuid', [0]), undefined, 'read when it acts');
  assert.deepEqual(lost.onCall(7, 'setuid', [0]), { formerUid: 1000 }, 'and known then');
});
