/** The daemon's end of the control socket: who may ask is decided by the kernel's word on the peer, never by the line. */

import { chmodSync, lstatSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { makeFolder } from '#lib/make-folder.ts';
import { distrustFolders } from '#lib/trusted-folders.ts';
import type { Asker, Desk, Pushed } from '#model/verbs.ts';
import { VerbError } from '#model/verbs.ts';
import { POINTER } from './control-path.ts';
import { type Answer, lineSplitter, MAX_REQUEST_BYTES, parseRequest } from './control-protocol.ts';
import { terminalVerb, wrongArgs } from './verb-table.ts';

/** For one more the connection goes that nothing was heard of longest; where all are at work it is told to come back. */
export const MAX_CONNECTIONS = 32;

/**
 * A reader with more than this unread in our memory is dropped: the daemon never waits for a terminal. All together may
 * have twice as much; then the one with the most goes.
 */
const MAX_UNREAD_BYTES = 64 * 1024 * 1024;

const MAX_WAITING = 16;
const REFUSED_MS = 2000;
/** Drills that one request may name: more than there are. */
const DRILLS_MAX = 200;
/** So many are told why they are refused at once; more are closed without a word. */
const MAX_REFUSED = 64;

export interface ControlParts {
  readonly path: string;
  readonly stateDir: string;
  /** Who is at the other end; an Asker, or why they may not ask. */
  readonly admit: (socket: Socket) => Asker | { readonly refused: string };
  readonly deskFor: (asker: Asker) => Desk;
  readonly follow: (onPushed: (pushed: Pushed) => void) => () => void;
  /** What only a daemon can do, beside the verbs of a desk. */
  readonly rehearse: (names: readonly string[]) => Promise<unknown>;
}

/** One connection: questions that wait for their answer, and whether it follows. */
interface Talk {
  readonly socket: Socket;
  waiting: number;
  follows: boolean;
  heardAt: number;
}

/** Listens, 0660; throws VerbError "SOCKET" with words when it cannot. Only the holder of the state's lock may call. */
export async function serveControl(parts: ControlParts): Promise<AsyncDisposable> {
  const { path, stateDir } = parts;
  await clear(path);
  const open = new Map<Socket, Talk>();
  const refused = new Set<Socket>();
  const turnAway = (socket: Socket, code: string, message: string): void => {
    open.delete(socket);
    if (refused.size >= MAX_REFUSED) {
      socket.destroy();
      return;
    }
    refused.add(socket);
    refuse(socket, code, message);
  };
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      open.delete(socket);
      refused.delete(socket);
    });
    const asker = parts.admit(socket);
    if ('refused' in asker) {
      turnAway(socket, 'REFUSED', asker.refused);
      return;
    }
    if (!makeRoom(open)) {
      turnAway(socket, 'BUSY', `the daemon serves ${MAX_CONNECTIONS} terminals already; try again later`);
      return;
    }
    const talk: Talk = { socket, waiting: 0, follows: false, heardAt: performance.now() };
    open.set(socket, talk);
    converse(talk, parts.deskFor(asker), { ...parts, open, turnAway });
  });
  await listen(server, path);
  const elsewhere = dirname(path) !== stateDir;
  if (elsewhere) writeFileSync(join(stateDir, POINTER), `${path}\n`, { mode: 0o640 });
  else rmSync(join(stateDir, POINTER), { force: true });
  return {
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((done) => {
        server.close(() => done());
      });
      for (const socket of open.keys()) socket.destroySoon();
      setTimeout(() => {
        for (const socket of open.keys()) socket.destroy();
      }, 1000).unref();
      await closed;
      if (elsewhere) rmSync(join(stateDir, POINTER), { force: true });
    },
  };
}

// We hold the lock of the state directory, so a socket that lies here is a leftover; anything else is not ours to remove.
async function clear(path: string): Promise<void> {
  makeFolder(dirname(path), 0o750);
  const distrust = distrustFolders(path, process.geteuid?.() ?? 0);
  if (distrust !== undefined) throw new VerbError('SOCKET', `Cannot listen on "${path}": ${distrust}`);
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket())
    throw new VerbError('SOCKET', `Cannot listen on "${path}": something else lies there; move it away`);
  if (await answers(path)) throw new VerbError('SOCKET', `Cannot listen on "${path}": another daemon listens there`);
  rmSync(path);
}

function answers(path: string): Promise<boolean> {
  return new Promise((done) => {
    const probe = createConnection(path);
    probe.once('connect', () => {
      probe.destroy();
      done(true);
    });
    probe.once('error', () => done(false));
  });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((done, fail) => {
    // Nobody can connect between bind and chmod who could not connect after it.
    const before = process.umask(0o117);
    server.once('error', (error) => {
      fail(new VerbError('SOCKET', `Cannot listen on "${path}": ${error.message}`, { cause: error }));
    });
    server.listen(path, () => {
      server.removeAllListeners('error');
      chmodSync(path, 0o660);
      done();
    });
    process.umask(before);
  });
}

function refuse(socket: Socket, code: string, message: string): void {
  // What it still sends is thrown away unread: an end that nobody reads would keep the connection for ever.
  socket.removeAllListeners('data');
  socket.resume();
  setTimeout(() => socket.destroy(), REFUSED_MS).unref();
  socket.end(`${JSON.stringify({ id: 0, error: { code, message } } satisfies Answer)}\n`);
}

/** False where all places are taken by those that wait for an answer, follow, or still read. */
function makeRoom(open: ReadonlyMap<Socket, Talk>): boolean {
  if (open.size < MAX_CONNECTIONS) return true;
  let silent: Talk | undefined;
  for (const talk of open.values()) {
    if (talk.waiting > 0 || talk.follows || talk.socket.writableLength > 0) continue;
    if (silent === undefined || talk.heardAt < silent.heardAt) silent = talk;
  }
  silent?.socket.destroy();
  return silent !== undefined;
}

/** Drops who reads too little. */
function bound(open: ReadonlyMap<Socket, Talk>): void {
  let total = 0;
  let most: Socket | undefined;
  for (const socket of open.keys()) {
    total += socket.writableLength;
    if (socket.writableLength > (most?.writableLength ?? 0)) most = socket;
  }
  if (total > 2 * MAX_UNREAD_BYTES) most?.destroy();
}

interface Floor extends ControlParts {
  readonly open: ReadonlyMap<Socket, Talk>;
  readonly turnAway: (socket: Socket, code: string, message: string) => void;
}

function converse(talk: Talk, desk: Desk, floor: Floor): void {
  const { socket } = talk;
  const splitter = lineSplitter(MAX_REQUEST_BYTES);
  let unfollow: (() => void) | undefined;
  const send = (answer: Answer): void => {
    if (socket.writableLength > MAX_UNREAD_BYTES) socket.destroy();
    else if (socket.writable) socket.write(`${JSON.stringify(answer)}\n`);
    bound(floor.open);
  };
  const handle = async (line: string): Promise<void> => {
    const request = parseRequest(line);
    if ('wrong' in request) {
      send({ id: 0, error: { code: 'PROTOCOL', message: `Cannot read the request: ${request.wrong}` } });
      return;
    }
    const result = await answerTo(request, desk, floor);
    send(result);
    if (!('result' in result) || request.verb !== 'follow' || socket.destroyed) return;
    talk.follows = true;
    unfollow ??= floor.follow((push) => send({ push }));
  };
  socket.on('data', (chunk: Buffer) => {
    talk.heardAt = performance.now();
    const lines = splitter.push(chunk);
    if (lines === undefined || talk.waiting + lines.length > MAX_WAITING) {
      const tooMuch = `A request is longer than ${MAX_REQUEST_BYTES / 1024} KiB, or more than ${MAX_WAITING} wait`;
      floor.turnAway(socket, 'PROTOCOL', tooMuch);
      return;
    }
    for (const line of lines) {
      talk.waiting += 1;
      void handle(line).finally(() => {
        talk.waiting -= 1;
      });
    }
  });
  socket.once('close', () => unfollow?.());
}

async function answerTo(
  request: { readonly id: number; readonly verb: string; readonly args: unknown },
  desk: Desk,
  { rehearse }: Pick<ControlParts, 'rehearse'>,
): Promise<Answer> {
  const { id } = request;
  if (request.verb === 'rehearse') return await attempt(request, () => rehearse(namesIn(request.args)));
  const verb = terminalVerb(request.verb);
  if (verb === undefined)
    return { id, error: { code: 'USAGE', message: `The daemon knows no verb "${request.verb.slice(0, 40)}"` } };
  const wrong = wrongArgs(verb, request.args as object);
  if (wrong !== undefined) return { id, error: { code: 'USAGE', message: `Cannot answer: ${wrong}` } };
  return await attempt(request, () => desk.ask(verb, request.args as never));
}

function namesIn(args: unknown): readonly string[] {
  const { names } = args as { readonly names?: unknown };
  return Array.isArray(names) ? names.slice(0, DRILLS_MAX).map(String) : [];
}

async function attempt(
  { id, verb }: { readonly id: number; readonly verb: string },
  ask: () => Promise<unknown>,
): Promise<Answer> {
  try {
    return { id, result: await ask() };
  } catch (error) {
    if (error instanceof VerbError) return { id, error: { code: error.code, message: error.message } };
    const message = error instanceof Error ? error.message : String(error);
    return { id, error: { code: 'INTERNAL', message: `The daemon failed at "${verb}": ${message}` } };
  }
}
