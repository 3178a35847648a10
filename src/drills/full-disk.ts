/** Mounts a small file system of our own that is full. See docs/drills/full-disk.md. */

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { defineDrill } from './drill.ts';
import { isThere } from './is-there.ts';

const run = promisify(execFile);
const MKFS = '/usr/sbin/mkfs.ext4';
const MOUNT = '/usr/bin/mount';
const UMOUNT = '/usr/bin/umount';
const LOOPS = '/dev/loop-control';
const RULES = ['disk-full'];
const PATIENCE_MS = 8000;
const IMAGE_BYTES = 1 << 20;
/** With the file system's own tables this leaves less than a tenth. */
const FILLED_BYTES = 920 << 10;
/** No journal, few inodes, nothing kept for root: nearly all of the image is room. */
const LAYOUT = ['-q', '-F', '-O', '^has_journal', '-b', '1024', '-m', '0', '-N', '16'];

export default defineDrill({
  name: 'full-disk',
  doc: 'Mounts a file of one MiB with a full file system in it, read-only, for a moment.',
  rules: RULES,
  applies({ files }) {
    const missing = [MKFS, MOUNT, UMOUNT, LOOPS].map((path) => isThere(files, path)).find((there) => there !== true);
    return missing ?? true;
  },
  async act(_host, signal) {
    signal.throwIfAborted();
    const place = mkdtempSync(join(tmpdir(), 'telltale-rehearsal-'));
    const point = join(place, 'full');
    const limits = { env: {}, cwd: '/', timeout: PATIENCE_MS };
    try {
      const image = await makeImage(place, limits);
      mkdirSync(point, { mode: 0o700 });
      const atMs = Date.now();
      await run(MOUNT, ['-o', 'loop,ro,noexec,nosuid,nodev', '--', image, point], limits);
      return {
        atMs,
        words: `mounted a full file system at ${point}`,
        isToldBy: ({ finding }) => RULES.includes(finding.rule) && finding.facts['point'] === point,
        async [Symbol.asyncDispose]() {
          await run(UMOUNT, ['--', point], limits);
          rmSync(place, { recursive: true });
        },
      };
    } catch (error) {
      rmSync(place, { recursive: true });
      throw new Error(`Cannot mount a full file system below "${place}" for a rehearsal`, { cause: error });
    }
  },
});

/** mke2fs fills it from a folder, so that nothing has to be written through a mount. */
async function makeImage(place: string, limits: { env: object; cwd: string; timeout: number }): Promise<string> {
  const image = join(place, 'image');
  const content = join(place, 'content');
  mkdirSync(content, { mode: 0o700 });
  writeFileSync(join(content, 'rehearsal'), Buffer.alloc(FILLED_BYTES, 'A rehearsal of Telltale. '));
  writeFileSync(image, Buffer.alloc(IMAGE_BYTES), { mode: 0o600 });
  await run(MKFS, [...LAYOUT, '-d', content, image], { ...limits, env: {} });
  return image;
}
