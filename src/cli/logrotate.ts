/**
 * `telltale logrotate`: what cron and the timer call, a thousand times more often than it has work. It reads logrotate's
 * own options, so src/main.ts calls it before commander loads, and nothing is loaded here that it does not need.
 */

import { fs } from '#lib/lean-fs.ts';
import type { Rotated } from '#logs/rotate/job.ts';
import { logrotate } from '#logs/rotate/logrotate.ts';

/** Runs it with the arguments behind its name; resolves to logrotate's exit code. */
export async function runLogrotate(args: readonly string[]): Promise<number> {
  const records: Rotated[] = [];
  const progress = await progressOn();
  const code = await logrotate(args, {
    nowMs: Date.now(),
    onRotated: (rotated) => records.push(rotated),
    ...(progress !== undefined && { onProgress: progress.tell }),
  });
  progress?.end();
  if (records.length > 0) await record(records);
  return code;
}

async function progressOn() {
  // Asking for process.stderr loads streams and sockets, and cron gives us no terminal.
  if (!isDevice(2) || !process.stderr.isTTY) return undefined;
  const { progressLine } = await import('./progress-line.ts');
  return progressLine({ fd: process.stderr, nowMs: () => performance.now() });
}

/** The daemon that started us says in the environment who it is. */
async function record(records: readonly Rotated[]): Promise<void> {
  const { recorder } = await import('#logs/rotate/record.ts');
  const { defaultStateDir } = await import('#config/default-paths.ts');
  const named = process.env['TELLTALE_STATE_DIR'] ?? '';
  const stateDir = named.startsWith('/') ? named : defaultStateDir({ uid: process.getuid?.() ?? 0, env: process.env });
  recorder(stateDir, process.env['TELLTALE_ROTATION'] === 'daemon' ? 'daemon' : 'logrotate')(records);
}

function isDevice(fd: number): boolean {
  try {
    return fs.fstatSync(fd).isCharacterDevice();
  } catch (error) {
    // Closed by who called us.
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}
