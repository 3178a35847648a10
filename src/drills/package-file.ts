/** Takes the owner's right to write from a licence text of a package, for a moment. See docs/drills/package-file.md. */

import { closeSync, constants, fchmodSync, fstatSync, openSync } from 'node:fs';
import { defineDrill } from './drill.ts';
import { isThere } from './is-there.ts';

/** Of base-files, on every Debian; root writes it whatever its mode says, and nobody else may. */
const PATH = '/usr/share/common-licenses/Apache-2.0';
const AS_SHIPPED = 0o644;
const OTHER = 0o444;
const RULES = ['package-file-altered'];

export default defineDrill({
  name: 'package-file',
  doc: 'Gives a licence text of a package other rights, for a moment.',
  rules: RULES,
  applies: ({ files }) => isThere(files, PATH),
  async act(_host, signal) {
    signal.throwIfAborted();
    const fd = openSync(PATH, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const mode = modeOf(fd);
      if (mode === OTHER) fchmodSync(fd, AS_SHIPPED);
      else if (mode !== AS_SHIPPED)
        throw new Error(
          `Cannot rehearse with "${PATH}": its mode is ${mode.toString(8)}, not as its package shipped it`,
        );
      const atMs = Date.now();
      fchmodSync(fd, OTHER);
      return await Promise.resolve({
        atMs,
        words: `took the right to write from ${PATH}`,
        isToldBy: ({ finding }) => RULES.includes(finding.rule) && finding.facts['file'] === PATH,
        [Symbol.asyncDispose]() {
          // Somebody else may have set it meanwhile: then that stays.
          if (modeOf(fd) === OTHER) fchmodSync(fd, AS_SHIPPED);
          closeSync(fd);
          return Promise.resolve();
        },
      });
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  },
});

function modeOf(fd: number): number {
  return fstatSync(fd).mode & 0o7777;
}
