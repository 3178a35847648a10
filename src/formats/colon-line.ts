/** What the lines of passwd, shadow, group and gshadow have in common: fields between colons, as glibc reads them. */

import { hash } from 'node:crypto';

/** glibc skips these before a line (nss/nss_files/files-parse.c): they are no hiding place. */
export const LEADING_BLANKS = /^[ \t\v\f\r]+/;

/** A name that nss_compat alone reads: "+", "-name", "+@group". */
export function isNisName(name: string): boolean {
  return /^[+-]/.test(name);
}

/** The fields of a line; undefined where it is empty or a comment. */
export function colonFields(raw: string): readonly string[] | undefined {
  const content = raw.replace(LEADING_BLANKS, '');
  return content === '' || content.startsWith('#') ? undefined : content.split(':');
}

/** Longer than any path (PATH_MAX) or name (LOGIN_NAME_MAX) that works. */
const MAX_WORD = 4096;
const SHOWN = 100;

/** A name or path of a field: a megabyte of it would be in every row and alert, so its beginning and a digest stand for it. */
export function boundedWord(word: string): string {
  if (word.length <= MAX_WORD) return word;
  return `${word.slice(0, SHOWN)}… (${word.length} characters, SHA-256 ${hash('sha256', word).slice(0, 16)})`;
}

/** "has 1 field instead of 4". */
export function wrongCount(fields: readonly string[], wanted: number): string {
  return `has ${fields.length} ${fields.length === 1 ? 'field' : 'fields'} instead of ${wanted}`;
}
