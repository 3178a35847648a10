/** Names of groups by number, from the group file; read again when it has changed. */

import { linesOf } from '#lib/parse-lines.ts';
import { parseUint } from '#lib/parse-uint.ts';
import { textOf } from '#lib/text-of.ts';
import { type Files, isFailure } from '#model/host.ts';

const GROUP = '/etc/group';

export class GroupNames {
  readonly #files: Files;
  #stamp = '';
  #names = new Map<number, string>();

  constructor(files: Files) {
    this.#files = files;
  }

  /** Looks whether the file has changed. */
  refresh(): void {
    const stat = this.#files.stat(GROUP);
    const stamp = isFailure(stat) ? stat.error : `${stat.inode} ${stat.ctimeMs}`;
    if (stamp === this.#stamp) return;
    this.#stamp = stamp;
    const bytes = this.#files.read(GROUP);
    this.#names = new Map();
    for (const line of isFailure(bytes) ? [] : linesOf(textOf(bytes))) {
      const [name = '', , number = ''] = line.split(':');
      const gid = parseUint(number);
      // The first line of a number gives its name, as getgrgid(3) does.
      if (gid !== undefined && !this.#names.has(gid)) this.#names.set(gid, name);
    }
  }

  /** The number as text where no group has it. */
  nameOf(gid: number): string {
    return this.#names.get(gid) ?? String(gid);
  }
}
