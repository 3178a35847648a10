/** Runs a program within bounds: no shell, nothing of our environment, its own process group, a time-out, little output. */

import { type ChildProcess, spawn } from 'node:child_process';
import { distrust } from './trusted-program.ts';

/** What to run, absolutely named. `as`: another user, without our groups (setgroups in uv_spawn). */
export interface BoundedRun {
  readonly program: string;
  readonly args: readonly string[];
  readonly stdin?: string | Buffer;
  readonly as?: { readonly uid: number; readonly gid: number };
  readonly timeoutMs: number;
  /** Of both outputs together; more ends it. */
  readonly maxBytes: number;
  /** Gets what it writes, as it comes. */
  hear(chunk: Buffer, from: 'stdout' | 'stderr'): void;
}

/** How it ended; `why` says in words that go on from "it" what kept it from doing so by itself. */
export type BoundedEnd =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly by: string }
  /** We ended it. */
  | { readonly kind: 'stopped'; readonly why: string }
  /** It did not begin: why not, in words that end a sentence. */
  | { readonly kind: 'refused'; readonly why: string };

/** Between the polite signal and the last one. */
const GRACE_MS = 2000;
/** After its end, what it wrote last is waited for this long: a child of the child may hold the pipes for ever. */
const LAST_WORDS_MS = 100;

/** Never throws. When it ends, whatever it left in its process group is killed; what left the group by setsid is not found. */
export async function runBounded(run: BoundedRun, signal: AbortSignal): Promise<BoundedEnd> {
  const refusal = distrust(run.program, run.as?.uid ?? process.geteuid?.() ?? 0);
  if (refusal !== undefined) return { kind: 'refused', why: refusal };
  if (signal.aborted) return { kind: 'refused', why: 'stopped before it began' };
  const child = spawn(run.program, run.args, {
    cwd: '/',
    detached: true,
    shell: false,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8', HOME: '/' },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...run.as,
  });
  return await ended(child, run, signal);
}

function ended(child: ChildProcess, run: BoundedRun, signal: AbortSignal): Promise<BoundedEnd> {
  const { timeoutMs, maxBytes } = run;
  return new Promise((resolve) => {
    let stopped: BoundedEnd | undefined;
    let last: NodeJS.Timeout | undefined;
    const stop = (why: string): void => {
      stopped ??= { kind: 'stopped', why };
      killGroup(child, 'SIGTERM');
      last ??= setTimeout(() => killGroup(child, 'SIGKILL'), GRACE_MS);
    };
    const onAbort = (): void => stop('the watch stops');
    const timer = setTimeout(() => stop(`no end after ${timeoutMs} ms`), timeoutMs);
    const finish = (end: BoundedEnd): void => {
      clearTimeout(timer);
      clearTimeout(last);
      signal.removeEventListener('abort', onAbort);
      killGroup(child, 'SIGKILL');
      for (const pipe of child.stdio) pipe?.destroy();
      resolve(stopped ?? end);
    };
    listen(child, run, () => stop(`it wrote more than ${maxBytes} bytes`));
    signal.addEventListener('abort', onAbort, { once: true });
    child.once('error', (error: NodeJS.ErrnoException) =>
      finish({ kind: 'refused', why: `it did not start: ${error.code ?? error.message}` }),
    );
    const done = (code: number | null, by: NodeJS.Signals | null): void =>
      finish(code === null ? { kind: 'signal', by: String(by) } : { kind: 'exit', code });
    child.once('exit', (code, by) => setTimeout(done, LAST_WORDS_MS, code, by));
    child.once('close', done);
    // A program that does not read its input is no error (EPIPE).
    child.stdin?.on('error', () => child.stdin?.destroy());
    child.stdin?.end(run.stdin ?? '');
  });
}

function listen(child: ChildProcess, run: BoundedRun, tooMuch: () => void): void {
  let total = 0;
  for (const from of ['stdout', 'stderr'] as const) {
    const pipe = child[from];
    pipe?.on('error', () => pipe.destroy());
    pipe?.on('data', (chunk: Buffer) => {
      total += chunk.length;
      run.hear(chunk, from);
      if (total <= run.maxBytes) return;
      pipe.destroy();
      tooMuch();
    });
  }
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
