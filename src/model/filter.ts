/** The door to the packet filter of our own network namespace, as far as its rules are read. */

import type { Gap } from './gap.ts';

/** The rules as the programs of the filter print them. */
export interface FilterListing {
  /** `nft -j -t list ruleset`; undefined where nft is not there or may not, "" where nothing was ever made. */
  readonly nft: string | undefined;
  /** What iptables-save and its kin print: rules that nft cannot show, and those of the old kernel side (`legacy`). */
  readonly saved: readonly { readonly family: 4 | 6; readonly legacy: boolean; readonly text: string }[];
  readonly gaps: readonly Gap[];
}

export interface FilterDoor {
  /** Counts up with each change of nf_tables; asked in some microseconds. Else what went wrong, as a Failure. */
  generation(): number | { readonly error: string; readonly path: string };
  /**
   * Calls back for each change of nf_tables until `signal` aborts, with the process that made it (`pid` 0 where the kernel
   * does not say), undefined after a loss. A Failure where it cannot be heard.
   */
  changes?(
    onChange: (by: { readonly pid: number; readonly comm: string } | undefined) => void,
    signal: AbortSignal,
  ): { readonly error: string; readonly path: string } | undefined;
  /** Runs the programs of the filter: asked when the generation has moved. */
  rules(signal: AbortSignal): Promise<FilterListing>;
}
