/** Runs a program out of a temporary folder and deletes its file. See docs/drills/deleted-program.md. */

import { chmod, copyFile, mkdtemp, rm, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineDrill } from './drill.ts';
import { isAbout, PERL, startOwn, untilInputEnds } from './own-child.ts';

const RULES = ['program-file-gone', 'program-in-open-place'];

export default defineDrill({
  name: 'deleted-program',
  doc: 'Runs a program out of a temporary folder and deletes its file.',
  rules: RULES,
  async act(host, signal) {
    await using stack = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'telltale-drill-'));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    const path = join(folder, 'program');
    await copyFile(PERL, path);
    await chmod(path, 0o700);
    const child = stack.use(await startOwn(host, path, ['-e', untilInputEnds]));
    await unlink(path);
    await child.said(signal);
    const owned = stack.move();
    return {
      atMs: child.atMs,
      words: `ran ${path} and deleted it`,
      isToldBy: (alert) => isAbout(alert, RULES, child.pid),
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  },
});
