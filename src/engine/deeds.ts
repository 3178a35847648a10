/**
 * Which alerts tell of the same deed to a file: what says that it changed is a part of what its change means, whichever
 * of the two is told first. See docs/decisions/0200-one-deed-one-alert.md.
 */

import { BoundedMap } from '#lib/bounded-map.ts';
import { type Finding, gravity } from '#model/finding.ts';
import type { StoredAlert } from '#model/store.ts';
import { mergeFindings } from './fingerprint.ts';

/** A part is told with a whole that moved at most this long ago: what comes later is another deed. */
const foldMs = 10_000;
/** A whole takes over what was told of it at most this long before. */
const takeOverMs = 5_000;
/** Files whose newest alerts are remembered; the oldest goes. */
const rememberedFiles = 10_000;
/** Folders above a file that may have been made for it. */
const foldersMadeForIt = 3;
/** Files, and titles, of the same deed that an alert lists; further ones are part of it without being named. */
const alsoListed = 20;

/** The newest alerts by the file that their facts name. */
export class Deeds {
  readonly #wholes = new BoundedMap<string, string>(rememberedFiles);
  readonly #parts = new BoundedMap<string, string>(rememberedFiles);

  /** Remembers an alert that was told or moved. */
  note({ id, finding }: StoredAlert): void {
    for (const name of namesOf(finding)) this.#wholes.set(name, id);
    const { file } = finding.facts;
    if (finding.folds === undefined && typeof file === 'string') {
      this.#wholes.set(file, id);
      for (const folder of foldersOf(file)) this.#wholes.set(folder, id);
    }
    if (finding.folds === undefined) return;
    for (const path of pathsOf(finding)) this.#parts.set(path, id);
    if (typeof file === 'string') this.#parts.set(file, id);
  }

  /**
   * The alert that this finding is a part of, with the part in it; undefined where there is none. Something graver than
   * what somebody has quieted stays an alert of its own.
   */
  withPart(
    raise: { readonly finding: Finding; readonly table: string; readonly key: string },
    nowMs: number,
    get: (id: string) => StoredAlert | undefined,
  ): StoredAlert | undefined {
    const { finding } = raise;
    const paths = pathsOf(finding);
    const [own = ''] = paths;
    for (const path of paths) {
      const part = isName(path) ? undefined : get(this.#parts.get(path) ?? '');
      const told = get(this.#wholes.get(path) ?? '') ?? besides(part, raise);
      if (told === undefined || isAnotherDeed(told, nowMs)) continue;
      const graver = gravity(finding.severity) > gravity(told.finding.severity);
      if (graver && told.state !== 'open') continue;
      const severity = graver ? finding.severity : told.finding.severity;
      return {
        ...told,
        finding: { ...told.finding, severity, facts: factsOf(told, finding, { path, own }) },
      };
    }
    return this.#inNewFolder(raise, nowMs, get);
  }

  /** What is made in a folder that was told of as new a moment ago is part of that. */
  #inNewFolder(
    raise: { readonly finding: Finding; readonly table: string; readonly key: string },
    nowMs: number,
    get: (id: string) => StoredAlert | undefined,
  ): StoredAlert | undefined {
    const { finding, table } = raise;
    const { file } = finding.facts;
    if (finding.folds === undefined || typeof file !== 'string') return undefined;
    for (const folder of foldersOf(file)) {
      const told = get(this.#parts.get(folder) ?? '');
      if (told === undefined || told.table !== table || isAnotherDeed(told, nowMs)) continue;
      if (besides(told, raise) === undefined) continue;
      const severity =
        gravity(finding.severity) > gravity(told.finding.severity) ? finding.severity : told.finding.severity;
      return { ...told, finding: { ...told.finding, severity, facts: factsWith(told, finding, '') } };
    }
    return undefined;
  }

  /** The alert of a part of this finding that was told before it, made into the finding's own; undefined: there is none. */
  takenOver(
    { finding, ...place }: Pick<StoredAlert, 'finding' | 'table' | 'key' | 'about' | 'fingerprint'>,
    nowMs: number,
    get: (id: string) => StoredAlert | undefined,
  ): StoredAlert | undefined {
    if (finding.over === true) return undefined;
    const { file } = finding.facts;
    const files = finding.folds === undefined && typeof file === 'string' ? [file, ...foldersOf(file)] : [];
    for (const path of [...files, ...namesOf(finding)]) {
      const part = get(this.#parts.get(path) ?? '');
      if (part === undefined || part.state !== 'open' || nowMs - part.firstMs > takeOverMs) continue;
      this.#parts.delete(path);
      const beside = isName(path) || (part.table === place.table && part.key !== place.key);
      return {
        ...part,
        ...place,
        lastMs: nowMs,
        finding: withWhole(part, finding, beside),
      };
    }
    return undefined;
  }
}

/** What comes late, or once a deed was undone and told as closed, must not hide in what was told of that one. */
function isAnotherDeed({ state, lastMs, closedMs = lastMs }: StoredAlert, nowMs: number): boolean {
  return nowMs - lastMs > foldMs || (state === 'closed' && nowMs - closedMs > takeOverMs);
}

/** The whole with what the part knew. `beside`: the part was about another row, so its title says something more. */
function withWhole({ finding: part }: StoredAlert, whole: Finding, beside: boolean): Finding {
  const { folds: _, ...words } = part;
  const merged = { ...mergeFindings(words, whole), rule: whole.rule };
  const [own, file] = [part.facts['file'], whole.facts['file']];
  const isSame = typeof own !== 'string' || own === file;
  const facts = isSame ? merged.facts : factsWith({ finding: whole }, part, own);
  return { ...merged, facts: beside ? { ...facts, also: listed(facts['also'], part.title) } : facts };
}

/** What stands in `Finding.folds` for anything in a folder. */
function inside(folder: string): string {
  return `${folder}/`;
}

function foldersOf(file: string): readonly string[] {
  const folders: string[] = [];
  for (
    let end = file.lastIndexOf('/');
    end > 0 && folders.length < foldersMadeForIt;
    end = file.lastIndexOf('/', end - 1)
  )
    folders.push(inside(file.slice(0, end)));
  return folders;
}

function pathsOf({ folds = [] }: Finding): readonly string[] {
  return typeof folds === 'string' ? [folds] : folds;
}

function namesOf({ whole = [] }: Finding): readonly string[] {
  return whole;
}

/** Not a path: the name of a deed that has no file. */
function isName(path: string): boolean {
  return !path.startsWith('/');
}

/** The facts of a whole with a part that came by `path`, one of several: the first, `own`, is the part's own file. */
function factsOf(
  told: StoredAlert,
  part: Finding,
  { path, own }: { readonly path: string; readonly own: string },
): Finding['facts'] {
  if (!isName(path)) return factsWith(told, part, path === own ? '' : own);
  const facts = { ...part.facts, ...told.finding.facts };
  return { ...facts, also: listed(facts['also'], part.title) };
}

/**
 * A part of a part: of a graver one of another table, or one as grave where it only follows from that file; or of one
 * of its own table. What is dangerous in itself only about the same row, or where the other is as grave.
 */
function besides(
  told: StoredAlert | undefined,
  { finding, table, key }: { readonly finding: Finding; readonly table: string; readonly key: string },
): StoredAlert | undefined {
  // What has just ended takes in what ended it.
  if (told === undefined || !(told.state === 'open' || told.state === 'closed')) return undefined;
  const more = gravity(told.finding.severity) - gravity(finding.severity);
  const follows = more === 0 && !pathsOf(finding).includes(String(finding.facts['file']));
  if (told.table !== table) return (more > 0 || follows) && finding.dangerous !== true ? told : undefined;
  return told.key === key || more >= 0 || finding.dangerous !== true ? told : undefined;
}

/** The facts of an alert with those of its part; of another file than its own only the name. */
function factsWith(told: Pick<StoredAlert, 'finding'>, part: Finding, otherFile: string): Finding['facts'] {
  const { facts, folds } = told.finding;
  if (otherFile !== '') return { ...facts, alsoChanged: listed(facts['alsoChanged'], otherFile) };
  const both = { ...part.facts, ...facts };
  // A part in a part of the same table: two things were found, and the first one's title says only one of them.
  return folds === undefined ? both : { ...both, also: listed(facts['also'], part.title) };
}

/** The titles or names with more; a bounded list. */
export function listed(before: Finding['facts'][string] | undefined, ...more: readonly string[]): readonly string[] {
  const known = Array.isArray(before) ? before.filter((item) => typeof item === 'string') : [];
  return [...new Set([...known, ...more])].slice(0, alsoListed);
}
