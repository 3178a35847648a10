/**
 * Compresses one log beside itself. The result gets its name when it is whole and on the disk, and only then does the
 * source go: whenever it is killed, the log is there, and no half of it stands under the name of a whole.
 */

import type { Seal } from '#formats/rotation-record.ts';
import { fs } from '#lib/lean-fs.ts';
import { copyAcl, moveAside } from './create.ts';
import {
  close,
  fchmod,
  fchown,
  fstat,
  open,
  readAt,
  rename,
  setTimes,
  sync,
  truncate,
  unlink,
  writeAll,
} from './files.ts';
import type { Job } from './job.ts';
import { partOf } from './part.ts';
import { ended, permanently, start } from './programs.ts';
import { removeFile } from './remove.ts';
import { sealOf } from './seal.ts';

/** Up to here gzip's own format is made in this process: starting gzip costs more than the work itself. */
const SMALL_BYTES = 262_144;
const PROGRESS_MS = 500;

/** Compresses `path`; false when it could not (told), and then `path` is as it was. */
export async function compressLog(job: Job, path: string): Promise<boolean> {
  const { set, messages } = job;
  messages.debug(`compressing log with: ${set.compresscmd}\n`);
  if (job.run.dry) return true;
  const target = path + set.compressext;
  const source = open(path, 'change');
  if ('failed' in source) {
    messages.error(`unable to open ${path} (read-write) for compression: ${source.failed.words}\n`);
    return false;
  }
  try {
    const read = await pack(job, { path, target, fd: source.value });
    if (read === undefined) return false;
    if (job.run.onStep !== undefined) keepSeal(job, path, sealOf(source.value, read));
  } finally {
    close(source.value);
  }
  return removeFile(job, path, 'error unlinking log file');
}

/** What was just compressed is either the log of this rotation, or an old one whose turn it was. */
function keepSeal(job: Job, path: string, seal: Seal | undefined): void {
  const { rotated, run, log } = job;
  if (rotated?.to === path) job.seal = seal;
  else if (seal !== undefined) run.onStep?.({ step: 'sealed', log, path, timeMs: run.nowMs, seal });
}

interface Pack {
  readonly path: string;
  readonly target: string;
  readonly fd: number;
}

/** How many bytes were read of the log; undefined when it could not be compressed (told). */
async function pack(job: Job, { path, target, fd }: Pack): Promise<number | undefined> {
  const part = partOf(target);
  unlink(part);
  const found = fstat(fd);
  const out = open(part, 'create', 0o600 & found.mode);
  if ('failed' in out) {
    job.messages.error(`error creating output file ${target}: ${out.failed.words}\n`);
    return undefined;
  }
  try {
    const owned = fchown(out.value, found.uid, found.gid);
    const moded = fchmod(out.value, found.mode & 0o777);
    const trouble = 'failed' in owned ? owned : moded;
    if ('failed' in trouble) {
      job.messages.error(`error setting mode of ${target}: ${trouble.failed.words}\n`);
      unlink(part);
      return undefined;
    }
    const copied = await copyAcl(job, path, part);
    const read = copied ? await squeeze(job, { path, target, fd }, out.value) : undefined;
    if (read === undefined) {
      unlink(part);
      return undefined;
    }
    setTimes(out.value, found);
    const synced = sync(out.value);
    if ('failed' in synced) {
      job.messages.error(`error fsyncing ${target}: ${synced.failed.words}\n`);
      unlink(part);
      return undefined;
    }
    if (!moveAside(job, target)) return undefined;
    job.run.journal.packed(job.log, path, target, fstat(out.value).ino);
    const moved = rename(part, target);
    if ('failed' in moved) job.messages.error(`error renaming ${part} to ${target}: ${moved.failed.words}\n`);
    return 'value' in moved ? read : undefined;
  } finally {
    close(out.value);
  }
}

async function squeeze(job: Job, source: Pack, out: number): Promise<number | undefined> {
  const size = fstat(source.fd).size;
  const level = ownLevel(job);
  const { set, messages } = job;
  if (level !== undefined && size <= SMALL_BYTES) {
    if (set.su !== undefined) messages.debug(permanently(set.su));
    return squeezeHere(source, out, size, level);
  }
  const child = start(
    {
      file: set.compresscmd,
      args: set.compressoptions,
      stdio: [source.fd, out, 'pipe'],
      env: { LOGROTATE_COMPRESSED_FILENAME: Buffer.from(source.path, 'latin1').toString('utf8') },
      as: set.su,
    },
    messages,
  );
  const watching = watchProgress(job, source, size);
  const end = await ended(child);
  clearInterval(watching);
  if (end.stderr !== '' || end.notStarted !== undefined) {
    messages.error(`Compressing program wrote following message to stderr when compressing log ${source.path}:\n`);
    const words = end.notStarted === 'ENOENT' ? 'No such file or directory' : 'Permission denied';
    if (end.notStarted === undefined) messages.plain(end.stderr);
    else messages.error(`cannot execute compress command '${set.compresscmd}': ${words}\n`);
  }
  // The compressor reads through our descriptor, so the kernel knows how far it came; one that opens it anew has read all.
  if (end.code === 0) return readSoFar(source.fd) || size;
  messages.error(`failed to compress log ${source.path}\n`);
  return undefined;
}

function watchProgress(job: Job, source: Pack, size: number): NodeJS.Timeout | undefined {
  const tell = job.run.onProgress;
  if (tell === undefined) return undefined;
  // The compressor reads through our descriptor: the kernel knows how far it has come.
  return setInterval(() => tell(source.path, readSoFar(source.fd), size), PROGRESS_MS);
}

function readSoFar(fd: number): number {
  const { readFileSync } = fs;
  const info = readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1');
  return Number(/^pos:\s*(\d{1,15})$/m.exec(info)?.[1] ?? 0);
}

const GZIP = /^(?:\/usr)?\/bin\/gzip$|^gzip$/;
let gzipThere: boolean | undefined;

/** The level, when the compressor is gzip and asked for nothing that only the program itself knows. */
function ownLevel({ set }: Job): number | undefined {
  if (!GZIP.test(set.compresscmd) || process.env['GZIP'] !== undefined) return undefined;
  gzipThere ??= runnable('/bin/gzip') || runnable('/usr/bin/gzip');
  if (!gzipThere) return undefined;
  let level = 6;
  for (const option of set.compressoptions) {
    const digit =
      /^-([1-9])$/.exec(option)?.[1] ?? ({ '--fast': '1', '--best': '9' } as Record<string, string>)[option];
    if (digit === undefined) return undefined;
    level = Number(digit);
  }
  return level;
}

function runnable(path: string): boolean {
  const { accessSync, constants } = fs;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return false;
  }
}

function squeezeHere(source: Pack, out: number, size: number, level: number): number | undefined {
  const { gzipSync } = process.getBuiltinModule('node:zlib');
  const parts: Buffer[] = [];
  let at = 0;
  // What is appended while we read is read as well, as gzip reads to the end.
  for (let room = size + 1; ; room = 65_536) {
    const buffer = Buffer.allocUnsafe(room);
    const got = readAt(source.fd, buffer, at);
    if ('failed' in got) return undefined;
    if (got.value === 0) break;
    parts.push(buffer.subarray(0, got.value));
    at += got.value;
  }
  const whole = parts.length === 1 ? (parts[0] ?? Buffer.alloc(0)) : Buffer.concat(parts);
  const written = writeAll(out, gzipSync(whole, { level }), 0);
  if ('failed' in written) truncate(out, 0);
  return 'value' in written ? at : undefined;
}
