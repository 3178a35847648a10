/** Mounts an empty tmpfs on an empty folder. See docs/drills/mount.md. */

import { execFile } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { defineDrill } from './drill.ts';

const run = promisify(execFile);
const MOUNT = '/usr/bin/mount';
const UMOUNT = '/usr/bin/umount';
const RULES = ['mount-new'];
/** Nothing can be put there that could be run, and hardly anything at all. */
const OPTIONS = 'size=4k,mode=0700,ro,noexec,nosuid,nodev';
const PATIENCE_MS = 5000;

export default defineDrill({
  name: 'mount',
  doc: 'Mounts an empty file system on an empty folder below /tmp, for a moment.',
  rules: RULES,
  async act(_host, signal) {
    signal.throwIfAborted();
    const place = mkdtempSync(join(tmpdir(), 'telltale-rehearsal-'));
    const limits = { env: {}, cwd: '/', timeout: PATIENCE_MS };
    const atMs = Date.now();
    try {
      await run(MOUNT, ['-t', 'tmpfs', '-o', OPTIONS, 'telltale-rehearsal', place], limits);
    } catch (error) {
      rmdirSync(place);
      throw new Error(`Cannot mount a file system at "${place}" for a rehearsal`, { cause: error });
    }
    return {
      atMs,
      words: `mounted an empty tmpfs at ${place}`,
      isToldBy: ({ finding }) => RULES.includes(finding.rule) && finding.facts['point'] === place,
      async [Symbol.asyncDispose]() {
        await run(UMOUNT, ['--', place], limits);
        rmdirSync(place);
      },
    };
  },
});
