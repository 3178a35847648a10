/** The contract of a family of start points. */

import type { Reading } from './reading.ts';

/** Reads one family of places. What it finds goes into the reading; a missing file is no trouble. */
export interface Family {
  readonly name: string;
  /** Files and folders to hear of; `homes` of accounts that are there. */
  paths(homes: readonly string[]): readonly string[];
  read(reading: Reading): void;
}
