/** Starts the process of the traps and keeps it running; the daemon's side. See docs/traps.md. */

import type { ChildProcess } from 'node:child_process';
import { endChild } from '#lib/end-child.ts';
import { spawnOwn } from '#lib/own-process.ts';
import type { TrapSettings } from '#model/traps.ts';

/** What the process says once it waits for connections. */
export interface TrapsReady {
  readonly bound: readonly number[];
  /** `why`: a code of errno(3); EADDRINUSE: a service has it. */
  readonly refused: readonly { readonly port: number; readonly why: string }[];
  /** Whom it runs as; `dropped` false: as the daemon does, which is not root. */
  readonly user: string;
  readonly dropped: boolean;
}

/** What the traps need of the daemon. */
export interface TrapParts {
  readonly settings: TrapSettings;
  /** Process ids of our own: that of the traps is added while it runs. */
  readonly own: Set<number>;
  /** Ports where traps wait: filled while they do. */
  readonly waiting: Set<number>;
  log(line: string): void;
}

const START_MS = 20_000;
const AGAIN_MS = 10_000;
/** A line with 64 ports is far shorter. */
const SAID_BYTES = 64 * 1024;

/** Resolves when they wait, or with the reason why they do not; disposing ends them. */
export async function launchTraps(
  parts: TrapParts,
): Promise<AsyncDisposable & { readonly first: TrapsReady | string }> {
  const keeper = new Keeper(parts);
  const first = await keeper.start();
  return { first, [Symbol.asyncDispose]: () => keeper.stop() };
}

class Keeper {
  readonly #parts: TrapParts;
  #child: ChildProcess | undefined;
  #again: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(parts: TrapParts) {
    this.#parts = parts;
  }

  async start(): Promise<TrapsReady | string> {
    const { own, waiting } = this.#parts;
    const child = spawnChild(this.#parts.settings);
    this.#child = child;
    const { pid } = child;
    if (pid !== undefined) own.add(pid);
    const { promise, resolve } = Promise.withResolvers<TrapsReady | string>();
    const timer = setTimeout(() => resolve(`not ready after ${START_MS / 1000} s`), START_MS);
    let ready = false;
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => {
      const how = `the process ended with ${signal ?? `code ${code}`}`;
      if (pid !== undefined) own.delete(pid);
      waiting.clear();
      resolve(how);
      if (ready && !this.#stopped) this.#startAgain(how);
    });
    void firstLine(child).then((said) => resolve(said));
    const result = await promise;
    clearTimeout(timer);
    if (typeof result === 'string') await endChild(child);
    else {
      ready = true;
      for (const port of result.bound) waiting.add(port);
    }
    return result;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#again);
    if (this.#child !== undefined) await endChild(this.#child);
  }

  async #retry(): Promise<void> {
    const result = await this.start();
    if (typeof result === 'string' && !this.#stopped) this.#startAgain(result);
  }

  #startAgain(why: string): void {
    this.#parts.log(`Traps: ${why}; started again in ${AGAIN_MS / 1000} s`);
    this.#again = setTimeout(() => void this.#retry(), AGAIN_MS);
  }
}

function spawnChild(settings: TrapSettings): ChildProcess {
  return spawnOwn({
    from: import.meta.url,
    source: 'child.ts',
    release: 'traps.js',
    heapMiB: 32,
    stdio: ['pipe', 'pipe', 'inherit'],
    writes: [],
    settings,
  });
}

async function firstLine({ stdout }: ChildProcess): Promise<TrapsReady> {
  const { promise, resolve } = Promise.withResolvers<TrapsReady>();
  let text = '';
  stdout?.on('data', (chunk: Buffer) => {
    if (text.length + chunk.length <= SAID_BYTES) text += chunk.toString();
    const end = text.indexOf('\n');
    if (end !== -1) resolve(JSON.parse(text.slice(0, end)) as TrapsReady);
  });
  return await promise;
}
