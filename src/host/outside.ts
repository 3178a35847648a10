/** Runs the administrator's own checks: no shell, as another user, within bounds of time and output. Setting `checks`. */

import { type ChildProcess, spawn } from 'node:child_process';
import { parsePasswd } from '#formats/passwd.ts';
import { distrust } from '#lib/trusted-program.ts';
import { type Clock, type Files, isFailure } from '#model/host.ts';
import type { Outside, OutsideCheck, OutsideEnd } from '#model/outside.ts';

/** Of each of its outputs this much is kept; what follows is read and thrown away until MAX_BYTES ends it. */
const KEPT_BYTES = 8192;
const MAX_BYTES = 1 << 20;
/** Between the polite signal and the last one. */
const GRACE_MS = 2000;
/** A child of the child may hold the pipes open for ever: after the end of the program they are waited for this long. */
const LAST_WORDS_MS = 100;

/** What the settings name; nothing runs before it is asked for. */
export function openOutside(
  checks: readonly OutsideCheck[],
  { files, clock }: { readonly files: Files; readonly clock: Pick<Clock, 'monotonicMs'> },
): Outside {
  return {
    checks,
    async run(check, signal) {
      const beganMs = clock.monotonicMs();
      const end = await attempt(check, files, signal);
      return { ...end, tookMs: Math.round(clock.monotonicMs() - beganMs) };
    },
  };
}

type End = Omit<OutsideEnd, 'tookMs'>;

const notRun = (why: string): End => ({ code: -1, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), why });

async function attempt(check: OutsideCheck, files: Files, signal: AbortSignal): Promise<End> {
  const [program, ...args] = check.run;
  const as = identityOf(check.user, files);
  if (typeof as === 'string') return notRun(as);
  const refusal = distrust(program, as.uid);
  if (refusal !== undefined) return notRun(refusal);
  if (signal.aborted) return notRun('stopped before it began');
  const child = spawn(program, args, {
    cwd: '/',
    detached: true,
    shell: false,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8', HOME: '/' },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(as.switch && { uid: as.uid, gid: as.gid }),
  });
  return await ended(child, check.timeLimitMs, signal);
}

/** Text: why it cannot be. Node drops all other groups when it changes the user (setgroups in uv_spawn). */
function identityOf(user: string, files: Files): { uid: number; gid: number; switch: boolean } | string {
  const uid = process.geteuid?.() ?? 0;
  if (user === '') return { uid, gid: process.getegid?.() ?? 0, switch: false };
  const passwd = files.read('/etc/passwd');
  if (isFailure(passwd)) return `/etc/passwd cannot be read: ${passwd.error}`;
  const entry = parsePasswd(passwd.toString('latin1')).rows.find(({ name }) => name === user);
  if (entry === undefined) return `there is no user "${user}"`;
  if (entry.uid !== uid && uid !== 0) return `only root can run it as "${user}"`;
  return { uid: entry.uid, gid: entry.gid, switch: entry.uid !== uid };
}

function ended(child: ChildProcess, limitMs: number, signal: AbortSignal): Promise<End> {
  return new Promise((resolve) => {
    let why = '';
    let last: NodeJS.Timeout | undefined;
    const stop = (because: string): void => {
      why ||= because;
      killGroup(child, 'SIGTERM');
      last ??= setTimeout(() => killGroup(child, 'SIGKILL'), GRACE_MS);
    };
    const output = collect(child, () => stop(`ended: it wrote more than ${MAX_BYTES} bytes`));
    const onAbort = (): void => stop('ended: the watch stops');
    const timeout = setTimeout(() => stop(`no end after ${limitMs} ms`), limitMs);
    const finish = (code: number, because: string): void => {
      clearTimeout(timeout);
      clearTimeout(last);
      signal.removeEventListener('abort', onAbort);
      killGroup(child, 'SIGKILL');
      for (const pipe of child.stdio) pipe?.destroy();
      why ||= because;
      resolve({ code: why === '' ? code : -1, ...output(), why });
    };
    signal.addEventListener('abort', onAbort, { once: true });
    child.once('error', (error: NodeJS.ErrnoException) => finish(-1, `it did not start: ${error.code ?? ''}`));
    const done = (code: number | null, by: NodeJS.Signals | null): void =>
      finish(code ?? -1, by === null ? '' : `killed by ${by}`);
    child.once('exit', (code, by) => setTimeout(done, LAST_WORDS_MS, code, by));
    child.once('close', done);
  });
}

function collect(child: ChildProcess, tooMuch: () => void): () => { stdout: Buffer; stderr: Buffer } {
  const kept = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
  let total = 0;
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.on('error', () => child[name]?.destroy());
    child[name]?.on('data', (chunk: Buffer) => {
      total += chunk.length;
      const room = KEPT_BYTES - kept[name].length;
      if (room > 0) kept[name] = Buffer.concat([kept[name], chunk.subarray(0, room)]);
      if (total > MAX_BYTES) tooMuch();
    });
  }
  return () => kept;
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
