/**
 * `telltale logrotate`: what cron and the timer call, a thousand times more often than it has work. It reads logrotate's
 * own options, so src/main.ts calls it before commander loads, and nothing is loaded here that it does not need.
 */

import { defaultStateDir } from '#config/default-paths.ts';
import { fs } from '#lib/lean-fs.ts';
import { logrotate } from '#logs/rotate/logrotate.ts';
import type { Record as RecordSteps } from '#logs/rotate/record.ts';

/** Runs it with the arguments behind its name; resolves to logrotate's exit code, or to that of a fault of ours. */
export async function runLogrotate(args: readonly string[]): Promise<number> {
  process.once('uncaughtException', (error) => void endBy(error));
  try {
    return await rotate(args);
  } catch (error) {
    return await fault(error);
  }
}

/** Told as by every other command: Node's own code for it is 1, which means "some error" in logrotate's tongue. */
async function fault(error: unknown): Promise<number> {
  const { tell } = await import('./tell.ts');
  const { makeTerminal, writeAll } = await import('./terminal.ts');
  return tell(error, makeTerminal({ env: process.env, tty: false, columns: undefined, argv: [], write: writeAll }));
}

async function endBy(error: unknown): Promise<never> {
  process.exit(await fault(error));
}

async function rotate(args: readonly string[]): Promise<number> {
  // The daemon's own is stricter; scripts of the configuration were written for cron's.
  if (byDaemon()) process.umask(0o022);
  const progress = await progressOn();
  const code = await logrotate(args, {
    nowMs: Date.now(),
    onSteps: recordIn(stateDir()),
    ...(progress !== undefined && { onProgress: progress.tell }),
  });
  progress?.end();
  return code;
}

async function progressOn() {
  // Asking for process.stderr loads streams and sockets, and cron gives us no terminal.
  if (!isDevice(2) || !process.stderr.isTTY) return undefined;
  const { progressLine } = await import('./progress-line.ts');
  return progressLine({ fd: process.stderr, nowMs: () => performance.now() });
}

/** The daemon that started us says in the environment who it is, and where. */
function stateDir(): string {
  const named = process.env['TELLTALE_STATE_DIR'] ?? '';
  return named.startsWith('/') ? named : defaultStateDir({ uid: process.getuid?.() ?? 0, env: process.env });
}

/** Loaded when something was rotated; undefined where no watch keeps a state directory. */
function recordIn(dir: string): ((steps: Parameters<RecordSteps>[0]) => Promise<void>) | undefined {
  if (!fs.existsSync(dir)) return undefined;
  let record: RecordSteps | undefined;
  return async (steps) => {
    const { recorder } = await import('#logs/rotate/record.ts');
    record ??= recorder(
      dir,
      byDaemon() ? 'daemon' : 'logrotate',
      (words) => void fs.writeSync(2, `warning: ${words}\n`),
    );
    record(steps);
  };
}

function byDaemon(): boolean {
  return process.env['TELLTALE_ROTATION'] === 'daemon';
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
