import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { test } from 'node:test';
import { makeTemp } from '#test/lab/temp.ts';
import { FolderMarks } from './folder-marks.ts';
import { WatchTree } from './watch-tree.ts';

test('where not all can be marked, what was named is, and the depths of a crowded tree are left out', async () => {
  await using temp = await makeTemp();
  for (let at = 0; at < 20; at += 1) mkdirSync(`${temp.path}/crowd/${at}`, { recursive: true });
  mkdirSync(`${temp.path}/etc/apt/sources.list.d`, { recursive: true });
  const tree = new WatchTree<string>();
  tree.add(`${temp.path}/crowd`, 'open places');
  tree.add(`${temp.path}/etc/apt/sources.list.d/x.list`, 'package sources');
  const marked: string[] = [];
  const marks = new FolderMarks({
    marker: {
      mark: (folder) => {
        marked.push(folder);
        return { key: folder };
      },
      keyOf: (folder) => folder,
      unmark: () => undefined,
      most: 12,
    },
    interestIn: (folder) => tree.interestIn(folder),
    isMountPoint: () => false,
    monotonicMs: () => 0,
  });
  assert.equal(marks.cover(temp.path).error, '');
  assert.equal(marks.size, 12);
  assert.match(marks.incomplete, /more than 12 folders/);
  assert.ok(marked.includes(`${temp.path}/etc/apt/sources.list.d`), 'the named folder');
  const crowd = marked.filter((folder) => folder.startsWith(`${temp.path}/crowd/`));
  assert.equal(crowd.length, 12 - 5, 'and of the crowd what there is room for');
});
