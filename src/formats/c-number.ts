/** Numbers as the C library reads them in its own files: blanks and a sign are allowed there, and attackers know it. */

const UINT32_MAX = 0xff_ff_ff_ffn;
const ULONG_MAX = 0xff_ff_ff_ff_ff_ff_ff_ffn;

/**
 * strtoul(3) to 32 bits as glibc's nss_files does it on 64-bit machines (nss/nss_files/files-parse.c): leading blanks
 * and a sign pass, and below zero it counts down from 2^64, so that "-18446744073709551615" is 1. Undefined where no
 * digit stands, more follows, or 32 bits do not hold it: glibc passes over such a line.
 */
export function cUint32(text: string): number | undefined {
  const match = /^[ \t\v\f\r]*([+-]?)(\d{1,40})$/.exec(text);
  if (match === null) return undefined;
  const [, sign, digits = ''] = match;
  const value = BigInt(digits);
  if (value > ULONG_MAX) return undefined;
  const wrapped = sign === '-' ? BigInt.asUintN(64, -value) : value;
  return wrapped > UINT32_MAX ? undefined : Number(wrapped);
}
