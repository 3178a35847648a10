/**
 * Cuts characters off the end of a text. Not `/[ \t]+$/`: a regular expression begins anew at each blank, and a megabyte of
 * them that ends with something else takes it minutes.
 */
export function trimEndOf(text: string, chars: string): string {
  let end = text.length;
  while (end > 0 && chars.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}
