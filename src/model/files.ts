/** Files of the machine, and what goes wrong with them: the vocabulary that all doors to it share. */

/** What went wrong at the machine, with the errno name ("ENOENT", "EACCES" …). */
export interface Failure {
  readonly error: string;
  readonly path: string;
}

export interface FileStat {
  readonly type: 'file' | 'directory' | 'socket' | 'symlink' | 'other';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly inode: number;
}

/** Files under the host's root ("/" live, a folder when captured). Synchronous: small files only. */
export interface Files {
  /** At most `maxBytes` (default 16 MiB). */
  read(path: string, maxBytes?: number): Buffer | Failure;
  list(path: string): readonly string[] | Failure;
  stat(path: string): FileStat | Failure;
  readlink(path: string): string | Failure;
}

/** Narrowing: did it fail? */
export function isFailure(value: unknown): value is Failure {
  return typeof value === 'object' && value !== null && 'error' in value && 'path' in value;
}
