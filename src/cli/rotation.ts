/**
 * The daemon as logrotate: each minute it looks what is due, by time, size or growth, and starts "telltale logrotate"
 * for it. A process of its own: a rotation may take long, change its user, and must not take the watch with it.
 */

import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { boundedTail } from '#lib/bounded-tail.ts';
import { type Growth, growthOf } from '#logs/rotate/growth.ts';
import { planRotation } from '#logs/rotate/plan.ts';
import type { RotateSettings } from '#model/settings.ts';

const lookMs = 60_000;
/** A rotation may compress for hours; beyond this it hangs. */
const longestMs = 12 * 3_600_000;
/** What it said, for the alert. */
const keptBytes = 4_096;
/** A log that was rotated because of its growth rests this long. */
const restMs = 3_600_000;

/** What the loop tells: what went wrong with a run ("" after a good one). */
export interface RotationParts {
  readonly settings: RotateSettings;
  readonly stateDir: string;
  readonly log: (line: string) => void;
  readonly trouble: (words: string) => void;
  /** The program to start; default: the one that runs. */
  readonly main?: string;
}

/** Starts the loop; disposing stops it and lets a run that is under way end by itself. */
export function startRotation(parts: RotationParts): Disposable {
  const { settings } = parts;
  if (settings.configs.length === 0) return { [Symbol.dispose]: () => undefined };
  const loop = new RotationLoop(parts);
  const timer = setInterval(() => void loop.look(Date.now()), lookMs);
  void loop.look(Date.now());
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** One look a minute; never two runs at once. */
export class RotationLoop {
  readonly #parts: RotationParts;
  #growth: Growth = new Map();
  #running = false;
  readonly #rested = new Map<string, number>();

  constructor(parts: RotationParts) {
    this.#parts = parts;
  }

  /** Rotates what is due; resolves when that has ended. */
  async look(nowMs: number): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      await this.#look(nowMs);
    } finally {
      this.#running = false;
    }
  }

  async #look(nowMs: number): Promise<void> {
    const { configs, state, fullInMs } = this.#parts.settings;
    const latin1 = (path: string): string => Buffer.from(path, 'utf8').toString('latin1');
    const { logs } = planRotation(configs.map(latin1), latin1(state), nowMs);
    const due = logs.filter(({ action }) => action === 'rotate');
    const unknown = logs.some(({ action, lastRotated }) => action === 'keep' && lastRotated === '');
    // A log that is seen for the first time must be written down, or it would be new for ever.
    if (due.length > 0 || unknown) await this.#run(['logrotate', '-s', state, ...configs], due.length);
    const growing = growthOf(logs, this.#growth, nowMs);
    this.#growth = growing.sizes;
    if (fullInMs === 0) return;
    for (const { log, fullInMs: leftMs } of growing.threatening) {
      if (leftMs > fullInMs || nowMs - (this.#rested.get(log) ?? -Infinity) < restMs) continue;
      if (this.#rested.size > 1_000) this.#rested.clear();
      this.#rested.set(log, nowMs);
      const path = Buffer.from(log, 'latin1').toString('utf8');
      this.#parts.log(
        `rotating ${JSON.stringify(path)} early: it would fill its disk in ${Math.round(leftMs / 60_000)} min`,
      );
      for (const config of configs) await this.#early(config, path, logs, log);
    }
  }

  /** Only the configuration that covers the log. */
  async #early(
    config: string,
    path: string,
    logs: readonly { log: string; from: string }[],
    log: string,
  ): Promise<void> {
    const here = planRotation([Buffer.from(config, 'utf8').toString('latin1')], '/dev/null', 0).logs;
    if (!logs.some((one) => one.log === log) || !here.some((one) => one.log === log)) return;
    const { state } = this.#parts.settings;
    await this.#run(['rotate', 'now', '--state', state, '--rotate-config', config, '--', path], 1);
  }

  async #run(args: readonly string[], due: number): Promise<void> {
    const main = resolve(this.#parts.main ?? process.argv[1] ?? '');
    const env = { ...process.env, TELLTALE_STATE_DIR: this.#parts.stateDir, TELLTALE_ROTATION: 'daemon' };
    const child = spawn(process.execPath, [...process.execArgv, main, ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
      cwd: '/',
      env,
      timeout: longestMs,
      killSignal: 'SIGTERM',
    });
    const tail = boundedTail(keptBytes);
    child.stderr.on('data', (chunk: Buffer) => tail.add(chunk));
    const code = await new Promise<number | string>((done) => {
      child.once('error', (error) => done(error.message));
      child.once('close', (exitCode, signal) => done(signal ?? exitCode ?? 1));
    });
    // 3: cron's run holds the lock; the next minute looks again.
    if (code === 0) this.#parts.trouble('');
    else if (code !== 3) this.#parts.trouble(`${String(code)}: ${tail.text().trim() || 'it said nothing'}`);
    if (due > 0 && code === 0) this.#parts.log(`rotated ${due} ${due === 1 ? 'log' : 'logs'}`);
  }
}
