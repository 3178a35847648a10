/** A host of which only the files exist: a folder of the test's own, with the real readers of files, users and packages. */

import { chmodSync, lchownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openFiles } from '#host/files.ts';
import { openPackages } from '#host/packages.ts';
import { openUsers } from '#host/users.ts';
import { type FakeHost, fakeHost } from './fake-host.ts';

/** A file: its text, a link ("-> target"), a folder (null), or text with mode and owner. */
export type Planted = string | null | { readonly text: string; readonly mode?: number; readonly uid?: number };

/** Opens the folder at `root` as "/"; the clock is the fake one. */
export function hostAt(root: string): FakeHost {
  const files = openFiles(root);
  const fake = fakeHost();
  return { ...fake, files, userName: openUsers(files, fake.clock), packages: openPackages(files, fake.clock) };
}

/** Writes files below `root`; a file that is there is written anew, so that its inode stays. */
export function plant(root: string, planted: Readonly<Record<string, Planted>>): void {
  for (const [path, what] of Object.entries(planted)) {
    const at = join(root, path);
    mkdirSync(dirname(at), { recursive: true });
    if (what === null) mkdirSync(at, { recursive: true });
    else if (typeof what === 'string' && what.startsWith('-> ')) symlinkSync(what.slice(3), at);
    else {
      const { text, mode = 0o644, uid } = typeof what === 'string' ? { text: what } : what;
      writeFileSync(at, text);
      chmodSync(at, mode);
      if (uid !== undefined) lchownSync(at, uid, uid);
    }
  }
}
