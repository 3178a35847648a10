/** Where a command asks: the daemon when one runs, else this process itself. One writer a state directory. */

import { existsSync } from 'node:fs';
import { type Desk, type Pushed, VerbError } from '#model/verbs.ts';
import type { Call } from './command.ts';
import { connectDesk } from './control-client.ts';
import { findControlPath } from './control-path.ts';
import type { Walks } from './local-desk.ts';
import { settingsFor, stateDirFor } from './settings.ts';
import type { Alone } from './sight.ts';

/** `look`: works also where nothing was ever recorded. `daemon`: makes no sense without one. */
export type Need = 'read' | 'write' | 'look' | 'daemon';

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
 * With `only` a desk in this process knows that table alone; `walks` as in `assemble`, in this process. Throws VerbError "NO_DAEMON", "NO_STATE", "LOCKED" or "REFUSED".
 */
export async function openDesk(
  call: Pick<Call, 'where' | 'terminal'>,
  need: Need,
  only?: Alone,
  walks?: Walks,
): Promise<OpenDesk> {
  const stateDir = await stateDirFor(call.where, call.terminal);
  const remote = await connectDesk(findControlPath(stateDir));
  if (remote !== undefined) {
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
  if (need === 'daemon') {
    throw noDaemon(stateDir);
  }
  return await openHere(call, need, { stateDir, only, walks });
}

async function openHere(
  call: Pick<Call, 'where' | 'terminal'>,
  need: 'read' | 'write' | 'look',
  {
    stateDir,
    only,
    walks,
  }: { readonly stateDir: string; readonly only: Alone | undefined; readonly walks: Walks | undefined },
): Promise<OpenDesk> {
  const settings = { ...(await settingsFor(call.where, call.terminal)), stateDir };
  if (need === 'read' && !existsSync(stateDir)) {
    throw new VerbError('NO_STATE', `Nothing was recorded in "${stateDir}" yet. Start the watch: telltale daemon`);
  }
  const { assemble, askerHere } = await import('./local-desk.ts');
  let forgetful = false;
  const assembled = await assemble(settings, need === 'write' ? 'write' : 'read', only, walks).catch(
    (error: unknown) => {
      if (need !== 'look' || !(error instanceof VerbError) || !['NO_STATE', 'BAD_STATE_DIR'].includes(error.code))
        throw error;
      forgetful = true;
      return assemble(settings, 'nothing', only, walks);
    },
  );
  return {
    desk: assembled.watch.desk(askerHere(assembled.host)),
    via: 'here',
    stateDir,
    forgetful,
    askDaemon: () => Promise.reject(noDaemon(stateDir)),
    closed: new Promise(() => undefined),
    onPushed: () => undefined,
    [Symbol.asyncDispose]: () => assembled[Symbol.asyncDispose](),
  };
}

function noDaemon(stateDir: string): VerbError {
  const words = `No daemon watches with state directory "${stateDir}". Start one: telltale daemon --state-dir ${stateDir}`;
  return new VerbError('NO_DAEMON', words);
}
