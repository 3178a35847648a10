import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { test } from 'node:test';
import { makeTemp } from '#test/lab/temp.ts';
import { FolderMarks } from './folder-marks.ts';
import { WatchTree } from './watch-tree.ts';

function marksFor(tree: WatchTree<string>, most: number): { readonly marks: FolderMarks; readonly marked: string[] } {
  const marked: string[] = [];
  const marks = new FolderMarks({
    marker: {
      mark: (folder) => {
        marked.push(folder);
        return { key: folder };
      },
      keyOf: (folder) => folder,
      unmark: () => undefined,
      most,
    },
    interestIn: (folder) => tree.interestIn(folder),
    isMountPoint: () => false,
    monotonicMs: () => 0,
  });
  return { marks, marked };
}

test('where not all can be marked, what was named is, and the depths of a crowded tree are left out', async () => {
  await using temp = await makeTemp();
  for (let at = 0; at < 20; at += 1) mkdirSync(`${temp.path}/crowd/${at}`, { recursive: true });
  mkdirSync(`${temp.path}/etc/apt/sources.list.d`, { recursive: true });
  const tree = new WatchTree<string>();
  tree.add(`${temp.path}/crowd`, 'open places');
  tree.add(`${temp.path}/etc/apt/sources.list.d/x.list`, 'package sources');
  const { marks, marked } = marksFor(tree, 12);
  assert.equal(marks.start(temp.path), '');
  marks.cover([temp.path]);
  assert.match(marks.incomplete(temp.path), /more than 9 folders/);
  assert.ok(marked.includes(`${temp.path}/etc/apt/sources.list.d`), 'the named folder');
  const crowd = marked.filter((folder) => folder.startsWith(`${temp.path}/crowd/`));
  assert.equal(crowd.length, 9 - 5, 'and of the crowd what there is room for');
});

test('the depths of one file system leave room for what is named in another, and for what is named later', async () => {
  await using temp = await makeTemp();
  for (let at = 0; at < 20; at += 1) mkdirSync(`${temp.path}/usr/${at}`, { recursive: true });
  mkdirSync(`${temp.path}/home/ann/.ssh`, { recursive: true });
  const tree = new WatchTree<string>();
  tree.add(`${temp.path}/usr`, 'programs');
  tree.add(`${temp.path}/home/ann/.ssh/authorized_keys`, 'keys');
  const { marks, marked } = marksFor(tree, 12);
  const starts = [`${temp.path}/usr`, `${temp.path}/home`] as const;
  for (const start of starts) assert.equal(marks.start(start), '');
  marks.cover(starts);
  assert.deepEqual(
    starts.map((start) => marks.incomplete(start)),
    ['more than 9 folders', ''],
  );
  assert.ok(marked.includes(`${temp.path}/home/ann/.ssh`));
  assert.equal(marks.size, 9);
  mkdirSync(`${temp.path}/home/bob/.ssh`, { recursive: true });
  tree.add(`${temp.path}/home/bob/.ssh/authorized_keys`, 'keys');
  marks.cover([`${temp.path}/home`]);
  assert.ok(marked.includes(`${temp.path}/home/bob/.ssh`));
});
