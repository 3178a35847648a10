/** Runs a program of the administrator's within bounds: no shell, its own process group, a time-out, little output. */

import { type ChildProcess, spawn } from 'node:child_process';
import { shorten, visible } from '#lib/escape.ts';
import { distrust } from '#lib/trusted-program.ts';

/** Of what a program prints, this much is kept for the error message; ten times as much ends it. */
const KEPT_BYTES = 8192;
const MAX_BYTES = 1 << 20;
/** Between the polite signal and the last one. */
const GRACE_MS = 2000;
/** After its end, what it wrote last is waited for this long. */
const LAST_WORDS_MS = 100;

export interface ProgramRun {
  readonly program: string;
  readonly args: readonly string[];
  readonly stdin: string | Buffer;
  readonly timeoutMs: number;
}

/**
 * Resolves when the program exits with 0; throws with its last words otherwise. When it ends, whatever it left in its
 * process group is killed; what left the group by setsid is not found.
 */
export async function runProgram(run: ProgramRun, signal: AbortSignal): Promise<void> {
  const refusal = distrust(run.program, process.geteuid?.() ?? 0);
  if (refusal !== undefined) throw new Error(`Cannot run "${visible(run.program)}": ${refusal}`);
  if (signal.aborted) throw new Error(`Cannot run "${visible(run.program)}": stopped before it began`);
  const child = spawn(run.program, run.args, {
    cwd: '/',
    detached: true,
    shell: false,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8', HOME: '/' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const end = await ended(child, run, signal);
  if (end.why === '') return;
  const said = end.output === '' ? '' : `; it said: ${end.output}`;
  throw new Error(`Program "${visible(run.program)}" ${end.why}${said}`);
}

function ended(child: ChildProcess, run: ProgramRun, signal: AbortSignal): Promise<{ why: string; output: string }> {
  return new Promise((resolve) => {
    const output = collect(child, () => stop(`was ended: it wrote more than ${MAX_BYTES} bytes`));
    let why: string | undefined;
    let last: NodeJS.Timeout | undefined;
    const stop = (because: string): void => {
      why ??= because;
      killGroup(child, 'SIGTERM');
      last ??= setTimeout(() => killGroup(child, 'SIGKILL'), GRACE_MS);
    };
    const onAbort = (): void => stop('was ended: the watch stops');
    const timeout = setTimeout(() => stop(`was ended: no end after ${run.timeoutMs} ms`), run.timeoutMs);
    const finish = (because: string): void => {
      clearTimeout(timeout);
      clearTimeout(last);
      signal.removeEventListener('abort', onAbort);
      killGroup(child, 'SIGKILL');
      for (const pipe of child.stdio) pipe?.destroy();
      resolve({ why: why ?? because, output: output() });
    };
    signal.addEventListener('abort', onAbort, { once: true });
    child.once('error', (error: NodeJS.ErrnoException) => finish(`did not start: ${error.code ?? error.message}`));
    const done = (code: number | null, by: NodeJS.Signals | null): void =>
      finish(code === 0 ? '' : by === null ? `exited with ${code}` : `was killed by ${by}`);
    // A child of the child may hold the pipes open for ever, so "close" alone would never come.
    child.once('exit', (code, by) => setTimeout(done, LAST_WORDS_MS, code, by));
    child.once('close', done);
    // A program that does not read its input is no error (EPIPE).
    child.stdin?.on('error', () => child.stdin?.destroy());
    child.stdin?.end(run.stdin);
  });
}

/** Keeps the last words of both outputs; calls `tooMuch` once when the bound is passed. */
function collect(child: ChildProcess, tooMuch: () => void): () => string {
  let kept = Buffer.alloc(0);
  let total = 0;
  for (const pipe of [child.stdout, child.stderr]) {
    pipe?.on('error', () => pipe.destroy());
    pipe?.on('data', (chunk: Buffer) => {
      total += chunk.length;
      kept = Buffer.concat([kept, chunk]).subarray(-KEPT_BYTES);
      if (total <= MAX_BYTES) return;
      pipe.destroy();
      tooMuch();
    });
  }
  return () => shorten(visible(kept.toString('utf8').trim()), 500);
}

/** The whole group; it may be gone already (ESRCH). */
function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
