/** Short forms of UUIDv7 ids for people: the beginning of an id is its time and equal for neighbours, its end is random. */

/** Letters that people see: the last six hexadecimal digits. */
export function shortId(id: string): string {
  return id.slice(-6);
}

/** Whether `typed` (at least three characters) may mean this id: its beginning, or the beginning of its short form. */
export function meansId(typed: string, id: string): boolean {
  const wanted = typed.toLowerCase();
  return wanted.length >= 3 && (id.startsWith(wanted) || shortId(id).startsWith(wanted));
}
