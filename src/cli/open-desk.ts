/** Where a command asks: the daemon when one runs, else this process itself. One writer a state directory. */

import { fs } from '#lib/lean-fs.ts';
import { type Desk, type Pushed, VerbError } from '#model/verbs.ts';
import type { Call } from './command.ts';
import { findControlPath, isAbsent } from './control-path.ts';
import type { Walks } from './local-desk.ts';
import { settingsFor, stateDirFor } from './settings.ts';

/**
 * `change`: writes to what was recorded, and makes nothing where nothing was. `look`: works also there. `daemon`: makes no
 * sense without one.
 */
export type Need = 'read' | 'change' | 'write' | 'look' | 'daemon';

export interface OpenDesk extends AsyncDisposable {
  readonly desk: Desk;
  readonly via: 'daemon' | 'here';
  readonly stateDir: string;
  /** True where there is no memory at all, so that nothing can be known or new. */
  readonly forgetful: boolean;
  /** Called for each push after `follow`; only a daemon pushes. */
  onPushed(take: (pushed: Pushed) => void): void;
  /** What only a daemon can do; throws VerbError "NO_DAEMON" without one. */
  askDaemon(verb: string, args: object): Promise<unknown>;
  /** Resolves when the daemon goes away; never without one. */
  readonly closed: Promise<void>;
}

/**
 * The daemon's desk where one runs, else one in this process; `walks` as in `assemble`, in this process. Throws
 * VerbError "NO_DAEMON", "NO_STATE", "LOCKED" or "REFUSED".
 */
export async function openDesk(call: Caller, need: Need, walks?: Walks): Promise<OpenDesk> {
  const stateDir = await stateDirFor(call.where, call.terminal);
  const remote = await openRemote(stateDir);
  if (remote !== undefined) return remote;
  if (need === 'daemon') throw noDaemon(stateDir);
  return await openHere(call, need, { stateDir, walks });
}

/** As `openDesk`, for a command that only shows sockets: here it looks without the rest of the watch. */
export async function openSocketDesk(call: Caller): Promise<OpenDesk> {
  const stateDir = await stateDirFor(call.where, call.terminal);
  const remote = await openRemote(stateDir);
  if (remote !== undefined) return remote;
  const { glanceAtSockets } = await import('./socket-glance.ts');
  const settings = { ...(await settingsFor(call.where, call.terminal)), stateDir };
  const { desk, forgetful, unread, close } = await glanceAtSockets(settings);
  if (unread !== '') tellUnread(call, unread);
  return { ...hereAlone(stateDir), desk, forgetful, [Symbol.asyncDispose]: close };
}

type Caller = Pick<Call, 'where' | 'terminal'>;

async function openRemote(stateDir: string): Promise<OpenDesk | undefined> {
  const path = findControlPath(stateDir);
  // Without a daemon nothing is there: then what connects is not loaded.
  if (isAbsent(path)) return undefined;
  const { connectDesk } = await import('./control-client.ts');
  const remote = await connectDesk(path);
  if (remote === undefined) return undefined;
  return {
    desk: remote,
    via: 'daemon',
    stateDir,
    forgetful: false,
    askDaemon: (verb, args) => remote.askDaemon(verb, args),
    closed: remote.closed,
    onPushed: (take) => {
      remote.onPushed = take;
    },
    [Symbol.asyncDispose]: () => {
      remote[Symbol.dispose]();
      return Promise.resolve();
    },
  };
}

/** What there is without a daemon. */
function hereAlone(stateDir: string): Pick<OpenDesk, 'via' | 'stateDir' | 'askDaemon' | 'closed' | 'onPushed'> {
  return {
    via: 'here',
    stateDir,
    askDaemon: () => Promise.reject(noDaemon(stateDir)),
    closed: new Promise(() => undefined),
    onPushed: () => undefined,
  };
}

async function openHere(
  call: Caller,
  need: Exclude<Need, 'daemon'>,
  { stateDir, walks }: { readonly stateDir: string; readonly walks: Walks | undefined },
): Promise<OpenDesk> {
  const settings = { ...(await settingsFor(call.where, call.terminal)), stateDir };
  const ofRecord = need === 'read' || need === 'change';
  if (ofRecord && !fs.existsSync(stateDir)) {
    throw new VerbError('NO_STATE', `Nothing was recorded in "${stateDir}" yet. Start the watch: telltale daemon`);
  }
  const { assemble, askerHere } = await import('./local-desk.ts');
  let forgetful = false;
  const memory = need === 'write' || need === 'change' ? 'write' : 'read';
  const assembled = await assemble(settings, memory, walks).catch((error: unknown) => {
    if (need !== 'look' || !(error instanceof VerbError) || !['NO_STATE', 'BAD_STATE_DIR'].includes(error.code))
      throw error;
    forgetful = true;
    if (error.code === 'BAD_STATE_DIR') tellUnread(call, error.message);
    return assemble(settings, 'nothing', walks);
  });
  return {
    ...hereAlone(stateDir),
    desk: assembled.watch.desk(askerHere(assembled.host)),
    forgetful,
    [Symbol.asyncDispose]: () => assembled[Symbol.asyncDispose](),
  };
}

/** What is shown is right all the same: only there is nothing to hold it against. */
function tellUnread({ terminal }: Caller, why: string): void {
  if (terminal.format === 'words') terminal.err(`Not compared with a baseline: ${why}`);
}

function noDaemon(stateDir: string): VerbError {
  const words = `No daemon watches with state directory "${stateDir}". Start one: telltale daemon --state-dir ${stateDir}`;
  return new VerbError('NO_DAEMON', words);
}
