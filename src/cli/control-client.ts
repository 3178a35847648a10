/** The terminal's end of the control socket. */

import { createConnection, type Socket } from 'node:net';
import { type Desk, type Pushed, type Verb, VerbError, type Verbs } from '#model/verbs.ts';
import { type Answer, lineSplitter, MAX_ANSWER_BYTES, PROTOCOL_VERSION } from './control-protocol.ts';

/** A desk in the daemon. `closed` resolves when the daemon goes away. */
export interface RemoteDesk extends Desk, Disposable {
  onPushed: ((pushed: Pushed) => void) | undefined;
  readonly closed: Promise<void>;
  /** What only a daemon can do, beside the verbs of a desk: "rehearse". */
  askDaemon(verb: string, args: object): Promise<unknown>;
}

/** Connects; undefined when no daemon answers there. Throws VerbError "REFUSED" when we may not. */
export async function connectDesk(path: string): Promise<RemoteDesk | undefined> {
  const socket = createConnection(path);
  const failure = await new Promise<NodeJS.ErrnoException | undefined>((done) => {
    socket.once('connect', () => done(undefined));
    socket.once('error', done);
  });
  if (failure === undefined) return new SocketDesk(socket);
  socket.destroy();
  if (failure.code === 'EACCES' || failure.code === 'EPERM') {
    throw new VerbError(
      'REFUSED',
      `Cannot ask the daemon at "${path}": only root and the group of that socket may. Run it with sudo`,
    );
  }
  return undefined;
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: VerbError) => void;
}

class SocketDesk implements RemoteDesk {
  onPushed: ((pushed: Pushed) => void) | undefined;
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  /** Why nothing more will be answered. */
  #over: VerbError | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    const splitter = lineSplitter(MAX_ANSWER_BYTES);
    socket.on('data', (chunk: Buffer) => {
      const lines = splitter.push(chunk);
      if (lines === undefined) socket.destroy(new Error(`an answer is longer than ${MAX_ANSWER_BYTES} bytes`));
      for (const line of lines ?? []) this.#take(JSON.parse(line) as Answer);
    });
    socket.once('error', (error) => this.#fail(error.message));
    this.closed = new Promise((done) => {
      socket.once('close', () => {
        this.#fail('it closed the connection');
        done();
      });
    });
  }

  ask<V extends Verb>(verb: V, args: Verbs[V]['args']): Promise<Verbs[V]['result']> {
    return this.askDaemon(verb, args) as Promise<Verbs[V]['result']>;
  }

  askDaemon(verb: string, args: object): Promise<unknown> {
    this.#lastId += 1;
    const id = this.#lastId;
    if (this.#over !== undefined) return Promise.reject(this.#over);
    return new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      if (this.#socket.writable) this.#socket.write(`${JSON.stringify({ v: PROTOCOL_VERSION, id, verb, args })}\n`);
      else this.#fail('the connection is closed');
    });
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #take(answer: Answer): void {
    if ('push' in answer) {
      this.onPushed?.(answer.push);
      return;
    }
    if ('error' in answer && answer.id === 0) {
      this.#fail(answer.error.message, answer.error.code);
      return;
    }
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ('error' in answer) waiting?.reject(new VerbError(answer.error.code, answer.error.message));
    else waiting?.resolve(answer.result);
  }

  #fail(why: string, code = 'DAEMON_GONE'): void {
    const message = code === 'DAEMON_GONE' ? `The daemon did not answer: ${why}. Look with "telltale doctor"` : why;
    // The first reason is the true one: what follows it is only the connection that ends.
    this.#over ??= new VerbError(code, message);
    for (const { reject } of this.#waiting.values()) reject(this.#over);
    this.#waiting.clear();
  }
}
