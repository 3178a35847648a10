/** Which rotated files have to be there, by the record: each under its name of now, with the seals that it got. */

import type { RotationRow, Seal, Shift } from '#formats/rotation-record.ts';

/** A rotated file that was not removed. `path` is its name without the ending of a compressor. */
export interface SealedFile {
  readonly path: string;
  readonly log: string;
  readonly rotatedMs: number;
  /** In the order given; each holds for the first so many bytes of the content. Empty: it could not be sealed. */
  readonly seals: readonly Seal[];
}

/**
 * Plays the record from its beginning; the result is in the order of rotation. With `folder` the files are looked for
 * there, whatever folder they were left in.
 */
export function sealedFiles(rows: readonly RotationRow[], folder?: string): readonly SealedFile[] {
  let files: Kept[] = [];
  for (const row of rows) {
    // Version 1 had no seals, and did not say what was renumbered.
    if (row.seq === 0) continue;
    if (row.step === 'removed') files = files.filter(({ path }) => !isUnder(row.path, path));
    else if (row.step === 'sealed') files.find(({ path }) => path === row.path)?.seals.push(row.seal);
    else files = afterRotation(files, row);
  }
  if (folder !== undefined) for (const file of files) file.path = folder + file.path.slice(file.path.lastIndexOf('/'));
  return files;
}

interface Kept extends SealedFile {
  path: string;
  readonly seals: Seal[];
  readonly file: string;
}

function afterRotation(files: readonly Kept[], row: Extract<RotationRow, { step: 'rotated' }>): Kept[] {
  const { log, to, how, device, inode, seal, shift, timeMs } = row;
  const file = `${how} ${device} ${inode}`;
  // A run that was killed after it had written this down is finished by the next, which writes it down again.
  const again = how === 'rename' && files.findLast((one) => one.log === log)?.file === file;
  const others = (shift === null || again ? files : shifted(files, shift)).filter(({ path }) => path !== to);
  return [...others, { path: to, log, rotatedMs: timeMs, seals: seal === null ? [] : [seal], file }];
}

/** With their new numbers; what came beyond the last is removed, or was not there any more. */
function shifted(files: readonly Kept[], shift: Shift): Kept[] {
  return files.filter((file) => {
    const number = numberOf(file.path, shift);
    if (number === undefined || number < shift.first || (shift.last !== null && number > shift.last)) return true;
    file.path = `${shift.folder}/${shift.base}.${number + 1}${shift.extension}`;
    return number !== shift.last;
  });
}

function numberOf(path: string, { folder, base, extension }: Shift): number | undefined {
  const prefix = `${folder}/${base}.`;
  if (!path.startsWith(prefix) || !path.endsWith(extension)) return undefined;
  const digits = path.slice(prefix.length, path.length - extension.length);
  return /^\d{1,9}$/.test(digits) ? Number(digits) : undefined;
}

/** True when `path` is `plain`, or `plain` with the ending of a compressor. */
export function isUnder(path: string, plain: string): boolean {
  return path === plain || (path.startsWith(`${plain}.`) && !/[/.]/.test(path.slice(plain.length + 1)));
}
