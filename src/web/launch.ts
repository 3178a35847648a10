/** Starts the web process and keeps it running; the daemon's side. See docs/web-page.md. */

import type { ChildProcess } from 'node:child_process';
import { lstatSync, unlinkSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { endChild, signalChild } from '#lib/end-child.ts';
import { spawnOwn } from '#lib/own-process.ts';
import type { Clock } from '#model/host.ts';
import type { Asker, Desk, Pushed } from '#model/verbs.ts';
import { parseListenAddress, webUrl } from './address.ts';
import { type Gate, openGate } from './gate.ts';
import type { FromChild } from './messages.ts';
import { openPipe, type Pipe } from './pipe.ts';
import { Sessions } from './sessions.ts';

/** What the web process needs of the daemon. */
export interface WebParts {
  /** "HOST:PORT", "[IPv6]:PORT" or "unix:/path"; "none" is refused: do not launch then. */
  readonly listen: string;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Name of this host; also accepted in the Host header of requests. */
  readonly hostName: string;
  /** What a person types on this host to reach this program: "telltale", or a whole path. */
  readonly command: string;
  deskFor(asker: Asker): Desk;
  follow(onPushed: (pushed: Pushed) => void): () => void;
  /** One line for the daemon's log. */
  log(line: string): void;
  /** Process ids of our own: the web process is added while it runs. */
  readonly own: Set<number>;
  /** Folder of the built page; default beside this file. */
  readonly pageDir?: string;
}

/** A running web process. `address` as a browser wants it; disposing ends the process and removes a Unix socket. */
export interface Web extends AsyncDisposable {
  readonly address: string;
  /** Whom the process runs as, in words: "nobody", or "uid 1000, as the daemon does". */
  readonly user: string;
  /** 0 while it is being started again. */
  pid(): number;
}

/** The page cannot be had; the daemon says so and runs on. Codes: TAKEN, NO-PAGE, BAD-ADDRESS, FAILED. */
export interface NoWeb {
  readonly code: string;
  readonly message: string;
}

/** Narrowing. */
export function isNoWeb(web: Web | NoWeb): web is NoWeb {
  return 'code' in web;
}

const START_MS = 20_000;
const BACKOFF_MS = [250, 1000, 4000, 15_000, 60_000] as const;
/** A web process that lived this long is started again at once. */
const STEADY_MS = 60_000;
const QUESTION_BYTES = 64 * 1024;
const WAITING_BYTES = 8 * 1024 * 1024;

/** Starts the web process; resolves when it accepts connections, or with the reason why there is no page. */
export async function launchWeb(parts: WebParts): Promise<Web | NoWeb> {
  const address = parseListenAddress(parts.listen);
  if (address === undefined || address.kind === 'none') {
    const forms = '"127.0.0.1:7777", "[::1]:7777" or "unix:/run/telltale/web.sock"';
    return { code: 'BAD-ADDRESS', message: `Cannot listen on "${parts.listen}": web.listen wants ${forms}` };
  }
  const keeper = new Keeper(parts);
  const first = await keeper.start();
  if ('code' in first) return first;
  return {
    address: webUrl(parseListenAddress(first.address) ?? address),
    user: first.dropped ? first.user : `${first.user}, as the daemon does`,
    pid: () => keeper.pid(),
    async [Symbol.asyncDispose]() {
      await keeper.stop();
      if (address.kind === 'unix') removeSocket(address.path);
    },
  };
}

type Ready = Extract<FromChild, { type: 'ready' }>;

/** Keeps one web process running. Sessions outlive it: its death logs nobody out. */
class Keeper {
  readonly #parts: WebParts;
  readonly #sessions: Sessions;
  #child: ChildProcess | undefined;
  #again: NodeJS.Timeout | undefined;
  #stopped = false;
  #failures = 0;
  #listen: string;

  constructor(parts: WebParts) {
    this.#parts = parts;
    this.#listen = parts.listen;
    this.#sessions = new Sessions(parts.clock);
  }

  pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** One try. When it had been ready and dies later, it is started again with back-off. */
  async start(): Promise<Ready | NoWeb> {
    const { promise, resolve } = Promise.withResolvers<Ready | NoWeb>();
    const child = spawnChild(this.#parts, this.#listen);
    this.#child = child;
    if (child.pid !== undefined) this.#parts.own.add(child.pid);
    const startedMs = this.#parts.clock.monotonicMs();
    const timer = setTimeout(() => {
      resolve({ code: 'FAILED', message: `Cannot start the page: not ready after ${START_MS / 1000} s` });
      signalChild(child, 'SIGKILL');
    }, START_MS);
    let ready = false;
    const serving = this.#serve(child, (message) => {
      if (message.type === 'ready') {
        ready = true;
        // Port 0 was resolved by the kernel: the same one must come back after a restart, bookmarks point at it.
        this.#listen = message.address;
      }
      if (message.type !== 'ask') resolve(message.type === 'ready' ? message : this.#noWeb(message));
    });
    child.once('error', (error) => resolve({ code: 'FAILED', message: `Cannot start the page: ${error.message}` }));
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      serving.close();
      if (child.pid !== undefined) this.#parts.own.delete(child.pid);
      if (this.#child === child) this.#child = undefined;
      const how = signal ?? `code ${code}`;
      resolve({ code: 'FAILED', message: `Cannot start the page: the web process ended with ${how}` });
      if (ready) this.#died(how, startedMs);
    });
    const result = await promise;
    clearTimeout(timer);
    if ('code' in result) await endChild(child);
    return result;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#again);
    if (this.#child !== undefined) await endChild(this.#child);
  }

  #serve(child: ChildProcess, onLife: (message: FromChild) => void): { close(): void } {
    const stream = child.stdio[3] as unknown as Duplex;
    const pipe: Pipe = openPipe(stream, {
      maxLineBytes: QUESTION_BYTES,
      maxWaitingBytes: WAITING_BYTES,
      onMessage: (message) => {
        const said = fromChild(message);
        if (said === undefined) return pipe.close();
        if (said.type === 'ask') void gate.take(said);
        else onLife(said);
      },
      // A process that breaks the rules of the pipe, or lost it, is of no use any more.
      onClose: (why) => {
        gate.close();
        if (child.exitCode === null && !this.#stopped && why !== 'the other side went away') {
          this.#parts.log(`web process ended: ${why}`);
        }
        signalChild(child, 'SIGKILL');
      },
    });
    const gate: Gate = openGate({
      sessions: this.#sessions,
      deskFor: (asker) => this.#parts.deskFor(asker),
      follow: (onPushed) => this.#parts.follow(onPushed),
      send: (message) => pipe.send(message),
    });
    return pipe;
  }

  #noWeb(message: Extract<FromChild, { type: 'ready' | 'failed' }>): NoWeb {
    return message.type === 'failed'
      ? { code: message.code, message: message.message }
      : { code: 'FAILED', message: '' };
  }

  #died(how: string, startedMs: number): void {
    if (this.#stopped) return;
    const livedMs = this.#parts.clock.monotonicMs() - startedMs;
    this.#failures = livedMs > STEADY_MS ? 0 : this.#failures + 1;
    this.#startAgain(`web process ended with ${how}`);
  }

  #startAgain(why: string): void {
    const waitMs = BACKOFF_MS[Math.min(this.#failures, BACKOFF_MS.length) - 1] ?? 0;
    this.#parts.log(`${why}; started again in ${waitMs} ms`);
    this.#again = setTimeout(() => {
      void this.#retry();
    }, waitMs);
  }

  async #retry(): Promise<void> {
    const result = await this.start();
    if (!('code' in result) || this.#stopped) return;
    this.#failures += 1;
    this.#startAgain(result.message);
  }
}

function spawnChild(parts: WebParts, listen: string): ChildProcess {
  const release = import.meta.url.endsWith('.js');
  const address = parseListenAddress(listen);
  return spawnOwn({
    from: import.meta.url,
    source: 'child.ts',
    release: 'child.js',
    heapMiB: 96,
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    writes: address?.kind === 'unix' ? [address.path] : [],
    settings: {
      listen,
      hostName: parts.hostName,
      cookieName: cookieName(parts.listen),
      command: parts.command,
      pageDir: parts.pageDir ?? fileURLToPath(new URL(release ? 'page' : 'page/dist', import.meta.url)),
    },
  });
}

/** By the port of the setting: the same after a restart, and another one for a second watch on this host. */
function cookieName(listen: string): string {
  return `telltale-${/:(\d+)$/.exec(listen)?.[1] ?? 'unix'}`;
}

function fromChild(message: unknown): FromChild | undefined {
  const said = message as FromChild;
  if (said.type === 'ready')
    return typeof said.address === 'string' && typeof said.user === 'string' ? said : undefined;
  if (said.type === 'failed') return typeof said.message === 'string' ? said : undefined;
  if (said.type !== 'ask' || typeof said.id !== 'number' || typeof said.verb !== 'string') return undefined;
  return isCredentials(said.who) ? said : undefined;
}

function isCredentials(who: unknown): boolean {
  if (typeof who !== 'object' || who === null || !('session' in who) || !('key' in who)) return false;
  return typeof who.session === 'string' && typeof who.key === 'string';
}

/** Only if a socket is there: the path may have been given to something else meanwhile. */
function removeSocket(path: string): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat?.isSocket() === true) unlinkSync(path);
}
