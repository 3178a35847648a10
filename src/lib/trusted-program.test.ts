import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { needsRoot } from '#test/lab/skip.ts';
import { makeTemp } from '#test/lab/temp.ts';
import { distrust } from './trusted-program.ts';

test('what root runs lies where only root can put it', { skip: needsRoot() }, async () => {
  await using temp = await makeTemp();
  const home = `${temp.path}/home`;
  mkdirSync(`${home}/bin`, { recursive: true });
  const tool = `${home}/bin/tool`;
  writeFileSync(tool, '#!/bin/sh\n', { mode: 0o755 });
  assert.equal(distrust(tool, 0), undefined);
  assert.match(distrust('tool', 0) ?? '', /absolute/);
  assert.match(distrust(home, 0) ?? '', /not a file/);
  assert.match(distrust(`${home}/none`, 0) ?? '', /^ENOENT/);

  // Whose folder it is moves the file away and puts another there, also between the look and the start.
  chownSync(home, 65_534, 65_534);
  assert.match(distrust(tool, 0) ?? '', /uid 65534 may replace it: ".*\/home" is theirs/);
  assert.equal(distrust(tool, 65_534), undefined);
  const link = `${temp.path}/link`;
  symlinkSync(tool, link);
  assert.match(distrust(link, 0) ?? '', /65534/);

  chownSync(home, 0, 0);
  chmodSync(home, 0o777);
  assert.match(distrust(tool, 0) ?? '', /writable by all/);
  chmodSync(home, 0o1777);
  assert.equal(distrust(tool, 0), undefined);
  chmodSync(tool, 0o757);
  assert.match(distrust(tool, 0) ?? '', /chmod o-w/);
  chmodSync(tool, 0o644);
  assert.match(distrust(tool, 0) ?? '', /chmod u\+x/);
  chownSync(tool, 65_534, 65_534);
  chmodSync(tool, 0o755);
  assert.match(distrust(tool, 0) ?? '', /chown root/);
  assert.match(distrust(tool, 1) ?? '', /chown root/);
});
