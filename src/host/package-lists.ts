/** The lists of dpkg, as far as a search for a path needs them: their text for a few searches, then a digest a line. */

import { type Files, isFailure } from '#model/host.ts';

const INFO = '/var/lib/dpkg/info';
const MAX_LIST_BYTES = 32 << 20;
/** Lists kept in memory; those beyond it are read again when they are searched. A server has 4 MiB of text, a desktop 12. */
const MAX_KEPT_BYTES = 16 << 20;
/** A command asks once or twice and ends: from then on digests, 4 bytes a line, are made and spare most searches. */
const FEW_SEARCHES = 4;
const EMPTY = Buffer.alloc(0);
const NONE = { name: '', text: EMPTY };
const NEWLINE = 0x0a;

interface Kept {
  readonly stamp: string;
  readonly bytes: number;
  readonly text: Buffer | undefined;
  readonly digests: Uint32Array;
}

export class PackageLists {
  readonly #files: Files;
  readonly #kept = new Map<string, Kept>();
  /** Lists that were read before: only these can be as they were. */
  readonly #read = new Set<string>();
  /** Lists that are known to be as on disk since the last change of the database. */
  #fresh = new Set<string>();
  #latest: { readonly name: string; readonly text: Buffer } = NONE;
  #keptBytes = 0;
  #searches = 0;

  constructor(files: Files) {
    this.#files = files;
  }

  /** Those looked at since the last change. */
  get fresh(): ReadonlySet<string> {
    return this.#fresh;
  }

  /** The database changed: `names` are its lists now. */
  refresh(names: readonly string[]): void {
    this.#fresh = new Set();
    this.#latest = NONE;
    const present = new Set(names);
    for (const name of this.#kept.keys()) if (!present.has(name)) this.#forget(name);
  }

  /** A search begins; false while it is one of few, so that lists which are not read are spared. */
  begin(): boolean {
    this.#searches += 1;
    if (this.#searches === FEW_SEARCHES)
      for (const [name, kept] of this.#kept) if (kept.text !== undefined) this.#keep(name, kept.stamp, kept.text);
    return this.#searches >= FEW_SEARCHES;
  }

  /** The text of a list, where one of its lines may be one of these; undefined where none is. */
  textWith(name: string, digests: readonly number[]): Buffer | undefined {
    const kept = this.#current(name);
    if (kept.text !== undefined) return kept.text;
    if (!digests.some((digest) => kept.digests.includes(digest))) return undefined;
    // Who asks for one file of a package mostly asks for the next one as well.
    if (this.#latest.name !== name) this.#latest = { name, text: this.#readText(name) };
    return this.#latest.text;
  }

  #current(name: string): Kept {
    const known = this.#kept.get(name);
    if (known !== undefined && this.#fresh.has(name)) return known;
    // A first reading asks for no stamp: most processes search once and end, and hundreds of lists are many questions.
    const stamp = known === undefined && !this.#read.has(name) ? '' : this.#stampOf(`${INFO}/${name}.list`);
    this.#fresh.add(name);
    if (known !== undefined && stamp !== '' && known.stamp === stamp) return known;
    this.#read.add(name);
    return this.#keep(name, stamp, this.#readText(name));
  }

  #keep(name: string, stamp: string, text: Buffer): Kept {
    this.#forget(name);
    const few = this.#searches < FEW_SEARCHES;
    const digests = few ? new Uint32Array() : digestsOf(text);
    const bytes = few ? text.length : digests.byteLength;
    const kept = { stamp, bytes, text: few ? text : undefined, digests };
    if (this.#keptBytes + bytes > MAX_KEPT_BYTES) return kept;
    this.#keptBytes += bytes;
    this.#kept.set(name, kept);
    return kept;
  }

  #forget(name: string): void {
    this.#keptBytes -= this.#kept.get(name)?.bytes ?? 0;
    this.#kept.delete(name);
  }

  /** Empty where it is gone: a package is being removed, and the next change of the database asks again. */
  #readText(name: string): Buffer {
    const content = this.#files.read(`${INFO}/${name}.list`, MAX_LIST_BYTES);
    return isFailure(content) ? EMPTY : content;
  }

  #stampOf(path: string): string {
    const stat = this.#files.stat(path);
    return isFailure(stat) ? stat.error : `${stat.mtimeMs} ${stat.inode} ${stat.sizeBytes}`;
  }
}

/** 32 bits of a line, as `textWith` takes them: FNV-1a. */
export function lineDigest(line: string): number {
  return digestsOf(Buffer.from(line, 'utf8'))[0] ?? 0;
}

/** One for each line, without its newline. */
function digestsOf(text: Buffer): Uint32Array {
  const digests = new Uint32Array(linesOf(text));
  let count = 0;
  let digest = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    const byte = text[at] ?? 0;
    if (byte !== NEWLINE) {
      digest = Math.imul(digest ^ byte, 0x01000193);
      continue;
    }
    digests[count] = digest;
    count += 1;
    digest = 0x811c9dc5;
  }
  if (count < digests.length) digests[count] = digest;
  return digests;
}

/** A last line without a newline counts. */
function linesOf(text: Buffer): number {
  let lines = text.length > 0 && text[text.length - 1] !== NEWLINE ? 1 : 0;
  for (let at = text.indexOf(NEWLINE); at >= 0; at = text.indexOf(NEWLINE, at + 1)) lines += 1;
  return lines;
}
