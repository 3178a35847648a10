/** Holds rotated files to their seals: `telltale rotate verify`. Reads, changes nothing. */

import { createHash } from 'node:crypto';
import type { RotationRow, Seal } from '#formats/rotation-record.ts';
import { fs } from '#lib/lean-fs.ts';
import { isUnder, type SealedFile, sealedFiles } from './sealed-files.ts';
import { unpacked } from './unpacked.ts';

/**
 * intact: as it was sealed. continued: bytes came after what was sealed, by a program that still had it open. unsealed: it
 * was too great. altered, missing: what the words say. unknown: nothing tells where it comes from.
 */
export type Verdict = 'intact' | 'continued' | 'unsealed' | 'altered' | 'missing' | 'unknown';

export interface VerifiedFile {
  readonly file: string;
  readonly log: string;
  readonly verdict: Verdict;
  /** For people: what is wrong with it; empty when nothing is. */
  readonly words: string;
  /** When it was rotated, epoch ms; 0 when that is not known. */
  readonly rotatedMs: number;
}

export interface VerifyAsk {
  /** Only these logs; empty: all. */
  readonly logs: readonly string[];
  /** Look in this folder instead of where the files were left: an archive, or a copy on another host. */
  readonly folder: string | undefined;
}

/** What is wrong comes first, then by log and time. */
export async function verifyFiles(rows: readonly RotationRow[], ask: VerifyAsk): Promise<readonly VerifiedFile[]> {
  const wanted = new Set(ask.logs);
  const expected = sealedFiles(rows, ask.folder).filter(({ log }) => wanted.size === 0 || wanted.has(log));
  const names = new Map<string, readonly string[]>();
  for (const folder of new Set(expected.map(({ path }) => folderOf(path)))) names.set(folder, namesIn(folder));
  const found: VerifiedFile[] = [];
  const taken = new Set<string>();
  for (const file of expected) {
    const folder = folderOf(file.path);
    const name = names.get(folder)?.find((name) => isUnder(`${folder}/${name}`, file.path));
    const path = name === undefined ? undefined : `${folder}/${name}`;
    if (path !== undefined) taken.add(path);
    found.push(path === undefined ? missing(file) : await examine(path, file));
  }
  for (const [folder, list] of names) {
    for (const name of list) {
      const stranger = taken.has(`${folder}/${name}`) ? undefined : strangerOf(folder, name, expected);
      if (stranger !== undefined) found.push(stranger);
    }
  }
  const rank = ({ verdict }: VerifiedFile): number => ORDER.indexOf(verdict);
  return found.sort(
    (a, b) => rank(a) - rank(b) || (a.log < b.log ? -1 : Number(a.log > b.log)) || a.rotatedMs - b.rotatedMs,
  );
}

const ORDER: readonly Verdict[] = ['altered', 'missing', 'unknown', 'unsealed', 'continued', 'intact'];

function missing({ path, log, rotatedMs }: SealedFile): VerifiedFile {
  const words = 'it was rotated here, and no rotation removed it';
  return { file: path, log, verdict: 'missing', words, rotatedMs };
}

async function examine(path: string, { log, rotatedMs, seals }: SealedFile): Promise<VerifiedFile> {
  const about = { file: path, log, rotatedMs };
  if (seals.length === 0)
    return { ...about, verdict: 'unsealed', words: 'it was too great to be sealed before it was compressed' };
  try {
    const { sums, sizeBytes } = await sumsOf(path, seals);
    const wrong = seals.findIndex(({ sha256 }, index) => sums[index] !== sha256);
    const seal = seals[wrong];
    if (seal !== undefined) {
      const words =
        sizeBytes < seal.sizeBytes
          ? `${seal.sizeBytes} bytes were sealed, ${sizeBytes} are left`
          : `its first ${seal.sizeBytes} bytes are not those that were sealed`;
      return { ...about, verdict: 'altered', words };
    }
    const more = sizeBytes - Math.max(...seals.map((one) => one.sizeBytes));
    if (more === 0) return { ...about, verdict: 'intact', words: '' };
    return { ...about, verdict: 'continued', words: `${more} bytes were written after it was sealed` };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { ...about, verdict: 'altered', words: `it cannot be read: ${error.message}` };
  }
}

/** The sum over as many bytes as each seal has; undefined where the content is shorter. */
async function sumsOf(
  path: string,
  seals: readonly Seal[],
): Promise<{ readonly sums: readonly (string | undefined)[]; readonly sizeBytes: number }> {
  const sums = seals.map(() => ({ hash: createHash('sha256'), done: undefined as string | undefined }));
  let at = 0;
  const finish = (): void => {
    for (const [index, { sizeBytes }] of seals.entries()) {
      const sum = sums[index];
      if (sum !== undefined && sum.done === undefined && sizeBytes === at) sum.done = sum.hash.copy().digest('hex');
    }
  };
  finish();
  for await (const piece of unpacked(path)) {
    const ends = seals.map(({ sizeBytes }) => sizeBytes - at).filter((end) => end > 0 && end < piece.length);
    let from = 0;
    for (const to of [...new Set([...ends, piece.length])].sort((a, b) => a - b)) {
      for (const sum of sums) if (sum.done === undefined) sum.hash.update(piece.subarray(from, to));
      at += to - from;
      from = to;
      finish();
    }
  }
  return { sums: sums.map(({ done }) => done), sizeBytes: at };
}

/** A file that looks like a rotated log of ours and is newer than the oldest that we know of. */
function strangerOf(folder: string, name: string, expected: readonly SealedFile[]): VerifiedFile | undefined {
  const path = `${folder}/${name}`;
  for (const file of expected) {
    const known = nameOf(file.path);
    const base = known.replace(/[-.]?\d[\d.-]*$/, '');
    if (folderOf(file.path) !== folder || base === '' || base === known || !name.startsWith(base)) continue;
    const number = /^[-.]?(\d[\d-]{0,20})(?:\.[a-z0-9]{1,8})?$/i.exec(name.slice(base.length))?.[1];
    if (number === undefined || !isAmong(number, base, expected)) continue;
    const words = 'it stands among rotated files of this log, and no rotation made it';
    return { file: path, log: file.log, verdict: 'unknown', words, rotatedMs: 0 };
  }
  return undefined;
}

/** Older than what is recorded it may be from before there was a record; numbers grow with age, dates do not. */
function isAmong(number: string, base: string, expected: readonly SealedFile[]): boolean {
  const known = expected
    .map(({ path }) => nameOf(path))
    .filter((name) => name.startsWith(base))
    .map((name) => name.slice(base.length).replace(/^[-.]/, ''))
    .filter((rest) => /^\d[\d-]*$/.test(rest));
  if (known.length === 0) return false;
  const dated = known.some((rest) => rest.length > 5);
  if (dated) return number.length > 5 && known.some((rest) => rest < number);
  return number.length <= 5 && known.some((rest) => Number(rest) > Number(number));
}

function namesIn(folder: string): readonly string[] {
  try {
    return fs.readdirSync(folder).sort();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return [];
    throw error;
  }
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
