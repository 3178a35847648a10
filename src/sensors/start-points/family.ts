/** The contract of a family of start points. */

import type { Reading } from './reading.ts';

/** A folder, and what is read below it: of the path after the folder, which begins with a slash. */
export interface Within {
  readonly folder: string;
  readonly matters: RegExp;
}

/** Reads one family of places. What it finds goes into the reading; a missing file is no trouble. */
export interface Family {
  readonly name: string;
  /** Files and folders to hear of; `homes` of accounts that are there. */
  paths(homes: readonly string[]): readonly string[];
  /** Large folders in which only some paths matter, such as the hooks of any repository below them. */
  within?(homes: readonly string[]): readonly Within[];
  read(reading: Reading): void;
}
