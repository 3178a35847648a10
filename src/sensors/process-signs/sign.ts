/** What a sign is, and what those who look for it are given. */

import type { Host, ProcessFacts } from '#model/host.ts';
import type { SignName } from '../odd-process-table.ts';
import type { Running } from '../process-scan.ts';
import type { Program } from '../program.ts';

export interface Sign {
  readonly sign: SignName;
  readonly value: string;
  readonly detail?: string;
  /** Who did it to this process, where that was another one. */
  readonly by?: ProcessFacts;
}

/** One process with what stands around it. */
export interface Suspect {
  readonly host: Host;
  readonly process: Running;
  /** Nearest first. */
  readonly ancestors: readonly ProcessFacts[];
  /** The nearest of them, with its rights. */
  readonly parent: Running | undefined;
  /** Facts of another process, by its number. */
  readonly other: (pid: number) => ProcessFacts | undefined;
  /** Asked when needed: it may read the whole file. */
  readonly program: () => Program;
}
