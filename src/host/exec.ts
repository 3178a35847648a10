/** Runs other programs within bounds: no shell, no environment of ours, its own process group, a time-out, little output. */

import { type ChildProcess, spawn } from 'node:child_process';
import { distrust } from '#lib/trusted-program.ts';
import type { Exec, Ran, Run } from '#model/exec.ts';

const defaultTimeoutMs = 10_000;
const defaultBytes = 1 << 20;
/** Between the polite signal and the last one. */
const graceMs = 2000;
/** After its end, what it wrote last is waited for this long: a child of the child may hold the pipes for ever. */
const lastWordsMs = 100;

/** The door of this machine. */
export function openExec(): Exec {
  return {
    async run(run, signal) {
      const refusal = distrust(run.program, ourUid());
      if (refusal !== undefined) return failed(refusal);
      if (signal.aborted) return failed('stopped before it began');
      const child = spawn(run.program, run.args, {
        cwd: '/',
        detached: true,
        shell: false,
        env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8', HOME: '/' },
        stdio: ['pipe', 'pipe', 'pipe'],
      });
      return await ended(child, run, signal);
    },
    find: (paths) => paths.find((path) => distrust(path, ourUid()) === undefined),
  };
}

function ourUid(): number {
  return process.geteuid?.() ?? 0;
}

function failed(why: string): Ran {
  return { code: -1, stdout: '', stderr: '', why };
}

function ended(child: ChildProcess, run: Run, signal: AbortSignal): Promise<Ran> {
  const { timeoutMs = defaultTimeoutMs, maxBytes = defaultBytes } = run;
  return new Promise((resolve) => {
    let why = '';
    let last: NodeJS.Timeout | undefined;
    const stop = (because: string): void => {
      if (why === '') why = because;
      killGroup(child, 'SIGTERM');
      last ??= setTimeout(() => killGroup(child, 'SIGKILL'), graceMs);
    };
    const stdout = collect(child.stdout, maxBytes, () => stop(`it wrote more than ${maxBytes} bytes`));
    const stderr = collect(child.stderr, maxBytes, () => stop(`it wrote more than ${maxBytes} bytes`));
    const onAbort = (): void => stop('the watch stops');
    const timer = setTimeout(() => stop(`no end after ${timeoutMs} ms`), timeoutMs);
    const finish = (code: number): void => {
      clearTimeout(timer);
      clearTimeout(last);
      signal.removeEventListener('abort', onAbort);
      killGroup(child, 'SIGKILL');
      for (const pipe of child.stdio) pipe?.destroy();
      resolve({ code: why === '' ? code : -1, stdout: stdout(), stderr: stderr(), why });
    };
    signal.addEventListener('abort', onAbort, { once: true });
    child.once('error', (error) => {
      why = `it did not start: ${codeOf(error)}`;
      finish(-1);
    });
    const done = (code: number | null, by: NodeJS.Signals | null): void => {
      if (code === null && why === '') why = `it was killed by ${by}`;
      finish(code ?? -1);
    };
    child.once('exit', (code, by) => setTimeout(done, lastWordsMs, code, by));
    child.once('close', done);
    // A program that does not read its input is no error (EPIPE).
    child.stdin?.on('error', () => child.stdin?.destroy());
    child.stdin?.end(run.stdin ?? '');
  });
}

function collect(pipe: ChildProcess['stdout'], maxBytes: number, tooMuch: () => void): () => string {
  const chunks: Buffer[] = [];
  let total = 0;
  pipe?.on('error', () => pipe.destroy());
  pipe?.on('data', (chunk: Buffer) => {
    total += chunk.length;
    if (total <= maxBytes) chunks.push(chunk);
    else {
      pipe.destroy();
      tooMuch();
    }
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

/** The whole group; it may be gone already (ESRCH). */
function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
