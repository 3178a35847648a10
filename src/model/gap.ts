/** Something that could not be seen. "Nothing there" and "could not look" are different results. */
export interface Gap {
  /** Stable name of what is blind, e.g. "/proc/net/raw" or "namespace web-1". */
  readonly what: string;
  /** Why, with the errno name where there is one. */
  readonly why: string;
  /** What the administrator can do. */
  readonly next?: string;
  /** The sense works, but less well than it can: shown beside its sensor, never counted as blind and never told. */
  readonly reduced?: true;
}

/** Each gap once, in the order of their first: many sensors and listeners meet the same one. Blindness goes before less. */
export function distinctGaps(gaps: readonly Gap[]): readonly Gap[] {
  const blind = new Set(blindOf(gaps).map(({ what }) => what));
  const once = new Map<string, Gap>();
  for (const gap of gaps) {
    if (gap.reduced === true && blind.has(gap.what)) continue;
    const key = `${gap.what}\0${gap.why}`;
    if (!once.has(key)) once.set(key, gap);
  }
  return [...once.values()];
}

/** Those of the gaps that are blindness. */
export function blindOf(gaps: readonly Gap[]): readonly Gap[] {
  return gaps.filter((gap) => gap.reduced !== true);
}
