/** sudoers with everything that it includes, in the order in which sudo reads it, and its aliases. */

import { posix } from 'node:path';
import { type AliasKind, parseSudoers, type SudoersLine } from '#formats/sudoers.ts';
import type { Gap } from '#model/gap.ts';
import type { OddFile } from './account-files.ts';
import { type FileHost, namesIn, readText, valueOf } from './host-file.ts';

const SUDOERS = '/etc/sudoers';
const MAX_DEPTH = 16;
const MAX_FILES = 300;
/** Members that an alias may come to; an alias that names itself ends. */
const MAX_ITEMS = 200;

export interface SudoersFiles {
  readonly lines: readonly { readonly file: string; readonly entry: SudoersLine }[];
  /** Files that were read. */
  readonly files: readonly string[];
  /** Files and folders to listen to. */
  readonly paths: readonly string[];
  readonly odd: readonly OddFile[];
  /** Members of a list with its aliases replaced by what they stand for. */
  expand(kind: AliasKind, items: readonly string[]): readonly string[];
}

/** Reads it all; what cannot be read is a gap. */
export function readSudoers(host: FileHost, gaps: Gap[]): SudoersFiles {
  const lines: { file: string; entry: SudoersLine }[] = [];
  const odd: OddFile[] = [];
  const files: string[] = [];
  const paths = new Set<string>([SUDOERS, '/etc/sudoers.d']);
  const take = (path: string, depth: number): void => {
    if (files.length >= MAX_FILES || depth > MAX_DEPTH) return;
    paths.add(path);
    const parsed = valueOf(readText(host, path, parseSudoers), gaps);
    if (parsed === undefined) return;
    files.push(path);
    odd.push({ path, odd: parsed.odd, secret: false });
    for (const entry of parsed.rows) {
      if (entry.kind !== 'include' && entry.kind !== 'includedir') {
        lines.push({ file: path, entry });
        continue;
      }
      const target = posix.resolve(posix.dirname(path), entry.path);
      if (entry.kind === 'include') take(target, depth + 1);
      else {
        paths.add(target);
        // sudoers(5): names that end in "~" or hold a "." are for editors and package managers.
        for (const name of namesIn(host, target, gaps))
          if (!name.endsWith('~') && !name.includes('.')) take(posix.join(target, name), depth + 1);
      }
    }
  };
  take(SUDOERS, 0);
  const aliases = new Map<string, readonly string[]>();
  for (const { entry } of lines) if (entry.kind === 'alias') aliases.set(`${entry.of} ${entry.name}`, entry.items);
  return { lines, files, paths: [...paths], odd, expand: (kind, items) => expand(aliases, kind, items) };
}

function expand(aliases: ReadonlyMap<string, readonly string[]>, kind: AliasKind, items: readonly string[]): string[] {
  const found: string[] = [];
  const walk = (item: string, negated: boolean, inside: ReadonlySet<string>): void => {
    const bare = item.replace(/^!+/, '');
    const not = (item.length - bare.length) % 2 === 1 ? !negated : negated;
    const members = inside.has(bare) ? undefined : aliases.get(`${kind} ${bare}`);
    if (members === undefined) {
      if (found.length < MAX_ITEMS) found.push(`${not ? '!' : ''}${bare}`);
      return;
    }
    for (const member of members) walk(member, not, new Set([...inside, bare]));
  };
  for (const item of items) walk(item, false, new Set());
  return found;
}

/** Odd lines of all files of sudoers. */
export function oddSudoersLines(host: FileHost): readonly OddFile[] {
  return readSudoers(host, []).odd;
}
