/** What the lines of passwd, shadow, group and gshadow have in common: fields between colons, as glibc reads them. */

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

/** "has 1 field instead of 4". */
export function wrongCount(fields: readonly string[], wanted: number): string {
  return `has ${fields.length} ${fields.length === 1 ? 'field' : 'fields'} instead of ${wanted}`;
}
