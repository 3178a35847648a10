/** The door to other programs: what is run, and what came of it. The bounds are those of lib/bounded-run.ts. */

import { type BoundedEnd, runBounded } from '#lib/bounded-run.ts';
import { distrust } from '#lib/trusted-program.ts';
import type { Exec, Ran, Run } from '#model/exec.ts';

const defaultTimeoutMs = 10_000;
const defaultBytes = 1 << 20;

/** The door of this machine. */
export function openExec(): Exec {
  return {
    async run(run, signal) {
      const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
      const end = await runBounded(
        boundedBy(run, (chunk, from) => output[from].push(chunk)),
        signal,
      );
      const text = (from: 'stdout' | 'stderr'): string => Buffer.concat(output[from]).toString('utf8');
      return { ...resultOf(end), stdout: text('stdout'), stderr: text('stderr') };
    },
    find: (paths) => paths.find((path) => distrust(path, process.geteuid?.() ?? 0) === undefined),
  };
}

function boundedBy(
  { program, args, stdin = '', timeoutMs = defaultTimeoutMs, maxBytes = defaultBytes }: Run,
  hear: (chunk: Buffer, from: 'stdout' | 'stderr') => void,
): Parameters<typeof runBounded>[0] {
  let room = maxBytes;
  return {
    program,
    args,
    stdin,
    timeoutMs,
    maxBytes,
    hear: (chunk, from) => {
      hear(chunk.subarray(0, room), from);
      room = Math.max(0, room - chunk.length);
    },
  };
}

function resultOf(end: BoundedEnd): Pick<Ran, 'code' | 'why'> {
  if (end.kind === 'exit') return { code: end.code, why: '' };
  return { code: -1, why: end.kind === 'signal' ? `it was killed by ${end.by}` : end.why };
}
