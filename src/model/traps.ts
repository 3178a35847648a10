/** Ports that nobody needs, held open by us to answer whoever tries them: see docs/traps.md. */

export interface TrapSettings {
  /** TCP ports; none: there are no traps. */
  readonly ports: readonly number[];
  /** What is sent to whoever connects; "" for nothing. */
  readonly banner: string;
  /** A tarpit: the banner goes out a character at a time, and the connection is held as long as the bounds allow. */
  readonly slow: boolean;
}
