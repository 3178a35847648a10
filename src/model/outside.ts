/** Checks that the administrator brought: programs of theirs that say how something is. Setting `checks`. */

/** How its output is read: as the plugins of Nagios speak, or every line being a trouble. */
export type OutsideFormat = 'nagios' | 'lines';

/** One entry of the setting `checks`. */
export interface OutsideCheck {
  readonly name: string;
  /** Absolute path of a program, and what is passed to it; never a shell's line. */
  readonly run: readonly [program: string, ...args: string[]];
  readonly everyMs: number;
  readonly timeLimitMs: number;
  /** Whom it runs as; "" for ourselves. */
  readonly user: string;
  readonly format: OutsideFormat;
}

/** What became of a run. Output is cut at the bound of the host. */
export interface OutsideEnd {
  /** Exit code; -1 when it did not end by itself or could not be started (then `why` says it). */
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  /** "" when it ended by itself. */
  readonly why: string;
  readonly tookMs: number;
}

/** What the host offers for them. */
export interface Outside {
  readonly checks: readonly OutsideCheck[];
  /** Never rejects. */
  run(check: OutsideCheck, signal: AbortSignal): Promise<OutsideEnd>;
}
