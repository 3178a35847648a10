/** Something that could not be seen. "Nothing there" and "could not look" are different results. */
export interface Gap {
  /** Stable name of what is blind, e.g. "/proc/net/raw" or "namespace web-1". */
  readonly what: string;
  /** Why, with the errno name where there is one. */
  readonly why: string;
  /** What the administrator can do. */
  readonly next?: string;
}
