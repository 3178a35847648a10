/** What a system call could not do, in words: as strerror(3) says it, of the errors that people meet with files. */

const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ELOOP: 'too many links',
  ENAMETOOLONG: 'the name is too long',
  ENOENT: 'no such file',
  ENOSPC: 'no space left on the disk',
  ENOTDIR: 'a part of the path is no folder',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  EBADF: 'it is closed',
  EIO: 'input/output error',
};

/** "no such file" for "ENOENT"; anything else stays as it is. */
export function errnoMeaning(code: string): string {
  return (Object.hasOwn(WORDS, code) ? WORDS[code] : undefined) ?? code;
}

/** "no such file (ENOENT)" for "ENOENT"; anything else stays as it is. */
export function errnoWords(code: string): string {
  return Object.hasOwn(WORDS, code) ? `${WORDS[code]} (${code})` : code;
}
