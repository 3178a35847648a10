/** The door to other programs: bounded, no shell, absolute paths. Implemented in src/host/exec.ts. */

/** One run. What is not given here the program does not get: no environment of ours, no terminal, no descriptor. */
export interface Run {
  /** Absolute. */
  readonly program: string;
  readonly args: readonly string[];
  readonly stdin?: string;
  /** Ended by SIGTERM, 2 s later by SIGKILL, when it takes longer; default 10 s. */
  readonly timeoutMs?: number;
  /** Output that is kept, each of stdout and stderr; what is more ends the program. Default 1 MiB. */
  readonly maxBytes?: number;
}

/** How it ended. `code` is -1 where it did not start, was killed or took too long; `why` says so in words, else "". */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly why: string;
}

/** Runs programs of this machine; never throws for what a program does. */
export interface Exec {
  run(run: Run, signal: AbortSignal): Promise<Ran>;
  /** First of these absolute paths that is a program which only root may change; undefined where there is none. */
  find(paths: readonly string[]): string | undefined;
}
