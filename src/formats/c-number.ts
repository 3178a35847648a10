/** Numbers as the C library reads them in its own files: blanks and a sign are allowed there, and attackers know it. */

const UINT32_MAX = 0xff_ff_ff_ff;

/**
 * strtoul(3) to 32 bits as glibc's nss_files does it (nss/nss_files/files-parse.c): leading blanks and a sign pass,
 * what is too large becomes 4294967295, so does what is below zero. Undefined where no digit stands or more follows.
 */
export function cUint32(text: string): number | undefined {
  const match = /^[ \t\v\f\r]*([+-]?)(\d+)$/.exec(text);
  if (match === null) return undefined;
  const [, sign, digits = ''] = match;
  const value = Number(digits);
  if (sign === '-') return value === 0 ? 0 : UINT32_MAX;
  return Math.min(value, UINT32_MAX);
}
