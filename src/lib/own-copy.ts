/** Plain data that keeps nothing else in memory. */

/**
 * A copy whose texts are their own. V8 makes a word cut from a long text a view of that text, so that one kept word
 * keeps the whole file in memory: what is kept of a file goes through here.
 */
export function ownCopy<T>(data: T): T {
  return structuredClone(data);
}
