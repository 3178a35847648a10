/** Runs the administrator's own checks: no shell, as another user, within bounds of time and output. Setting `checks`. */

import { parsePasswd } from '#formats/passwd.ts';
import { runBounded } from '#lib/bounded-run.ts';
import { type Clock, type Files, isFailure } from '#model/host.ts';
import type { Outside, OutsideCheck, OutsideEnd } from '#model/outside.ts';

/** Of each of its outputs this much is kept; what follows is read and thrown away until MAX_BYTES ends it. */
const KEPT_BYTES = 8192;
const MAX_BYTES = 1 << 20;

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
  const kept = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
  const run = {
    program,
    args,
    timeoutMs: check.timeLimitMs,
    maxBytes: MAX_BYTES,
    ...(as.switch && { as: { uid: as.uid, gid: as.gid } }),
    hear: (chunk: Buffer, from: 'stdout' | 'stderr') => {
      const room = KEPT_BYTES - kept[from].length;
      if (room > 0) kept[from] = Buffer.concat([kept[from], chunk.subarray(0, room)]);
    },
  };
  const end = await runBounded(run, signal);
  if (end.kind === 'exit') return { code: end.code, ...kept, why: '' };
  return { code: -1, ...kept, why: end.kind === 'signal' ? `it was killed by ${end.by}` : end.why };
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
