import assert from 'node:assert/strict';
import { test } from 'node:test';
import { array, assert as holds, property, stringMatching } from 'fast-check';
import { type FakeHost, fakeHost } from '#test/lab/fake-host.ts';
import { lineDigest, PackageLists } from './package-lists.ts';

const put = (host: FakeHost, path: string, text: string): void =>
  void host.disk.set(path, { content: Buffer.from(text), ctimeMs: 0, inode: 1 });
const path = (name: string): string => `/var/lib/dpkg/info/${name}.list`;

test('a list is given where one of its lines may be asked for, also after it changed or went', () => {
  const host = fakeHost();
  const lists = new PackageLists(host.files);
  const has = (name: string, line: string): boolean =>
    lists
      .textWith(name, [lineDigest(line)])
      ?.toString()
      .split('\n')
      .includes(line) === true;
  put(host, path('a'), '/.\n/usr/bin/a\n/usr/share/doc/a');
  put(host, path('b'), '/usr/bin/ä\n');
  lists.refresh(['a', 'b']);
  // From the fourth search on by digests.
  for (let turn = 1; turn <= 6; turn += 1) {
    assert.equal(lists.begin(), turn >= 4);
    assert.ok(has('a', '/usr/bin/a') && has('a', '/usr/share/doc/a') && has('b', '/usr/bin/ä'), `search ${turn}`);
    assert.ok(!has('a', '/usr/bin') && !has('b', '/usr/bin/a') && !has('c', '/usr/bin/a'), `search ${turn}`);
    if (turn >= 4) assert.equal(lists.textWith('b', [lineDigest('/usr/bin/a')]), undefined, 'not even read');
  }
  put(host, path('a'), '/usr/bin/other\n');
  lists.refresh(['a']);
  assert.ok(has('a', '/usr/bin/other') && !has('a', '/usr/bin/a'));
});

test('every line of a text is found, and what is only part of one is mostly not even looked for', () => {
  const line = stringMatching(/^\/[a-z/]{0,30}$/);
  holds(
    property(array(line, { minLength: 1 }), (lines) => {
      const host = fakeHost();
      put(host, path('p'), lines.join('\n'));
      const lists = new PackageLists(host.files);
      for (let turn = 0; turn < 4; turn += 1) lists.begin();
      for (const one of lines) assert.ok(lists.textWith('p', [lineDigest(one)]) !== undefined);
      assert.equal(lists.textWith('p', [lineDigest('/nothing of this')]), undefined);
    }),
  );
});
