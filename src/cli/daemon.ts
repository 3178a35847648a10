/** The daemon: puts the watch together, opens its doors, says so, and takes everything down again when told to stop. */

import type { Watch } from '#engine/watch-parts.ts';
import type { Gap } from '#model/gap.ts';
import type { Settings } from '#model/settings.ts';
import type { Asker, Desk, SensorStatus } from '#model/verbs.ts';
import { admit } from './admit.ts';
import { controlPath } from './control-path.ts';
import { serveControl } from './control-server.ts';
import { exit } from './exit.ts';
import { keepSmall } from './keep-small.ts';
import { askerHere, assemble } from './local-desk.ts';
import { type Doors, openPage } from './open-page.ts';
import { writeReadyFile } from './ready-file.ts';
import { rehearse } from './rehearsal.ts';
import { startRotation } from './rotation.ts';
import { openServiceManager } from './service-manager.ts';
import { startLines } from './start-lines.ts';
import { openTraps } from './traps.ts';

export interface DaemonParts {
  readonly settings: Settings;
  /** What an earlier daemon left there is removed already. */
  readonly readyFile: string | undefined;
  readonly buildPage: boolean;
  /** One line for the terminal or the journal. */
  readonly log: (line: string) => void;
  /** Reads the settings again: words on what that means for this daemon. */
  readonly reread: () => string;
}

/** Runs until SIGTERM or SIGINT; throws VerbError when it cannot start, and the error of ours that ended the watch. */
export async function runDaemon(parts: DaemonParts): Promise<void> {
  const { settings, log } = parts;
  process.umask(0o027);
  await using stack = new AsyncDisposableStack();
  const stop = new AbortController();
  stack.use(onSignals(stop, parts));
  // The loop must not run dry while everything else is only listening for the kernel.
  stack.adopt(
    setInterval(() => undefined, 3_600_000),
    clearInterval,
  );
  const manager = stack.use(openServiceManager(process.env, log));
  const assembled = await assemble(settings, 'write', 'background');
  stack.use(assembled);
  const { watch } = assembled;
  const started = Promise.withResolvers<void>();
  // Nobody may be asking when the start fails; those who are get the error themselves.
  started.promise.catch(() => undefined);
  // Our own doors are open before the first look, so that they are part of what is normal and no news.
  const gated = { host: assembled.host, watch: gate(watch, started.promise) };
  const socket = await openControl(settings, gated, stack);
  const page = await openPage(parts, gated, stack);
  await openTraps(parts, { host: assembled.host, watch }, stack);
  const failed = Promise.withResolvers<never>();
  watch.ended.catch(failed.reject);
  failed.promise.catch((error: Error) => {
    manager.say('STATUS=Failed: the watch has ended');
    log(`The watch failed and ends: ${error.stack ?? error.message}`);
  });
  const armed = await Promise.race([watch.start(stop.signal), failed.promise]).catch((error: unknown) => {
    started.reject(error);
    throw error;
  });
  started.resolve();
  watch.webAt(page?.address ?? '');
  if (!stop.signal.aborted) {
    announce(parts, { ...armed, socket, web: page?.address ?? null });
    const now = await standing(watch, askerHere(assembled.host, 'daemon'));
    for (const line of startLines({ settings, host: assembled.host, ...armed, page, ...now })) log(line);
    const rotation = { settings: settings.rotate, stateDir: settings.stateDir, log };
    stack.use(startRotation({ ...rotation, trouble: (words) => watch.report(rotationTrouble(words)) }));
    stack.use(keepSmall());
    manager.say(`READY=1\nSTATUS=Watching ${assembled.host.name}`);
    await Promise.race([aborted(stop.signal), failed.promise]);
  }
  manager.say('STOPPING=1');
  log('Stopping: what is known is stored.');
}

/** How things stand when all is armed, for the first words. */
async function standing(watch: Watch, asker: Asker) {
  const desk = watch.desk(asker);
  const [status, { changes }] = await Promise.all([desk.ask('status', {}), desk.ask('changes', { limit: 1 })]);
  return { status, gravest: changes[0]?.alerts[0] };
}

function rotationTrouble(words: string): Parameters<Watch['report']>[0] {
  const title = words === '' ? '' : `Rotation of logs failed with ${words}`;
  return { rule: 'rotation-failed', subject: 'logrotate', title };
}

/** Whoever asks before all is armed gets the answer afterwards: a half-learned watch would answer wrongly. */
function gate(watch: Watch, started: Promise<void>): Doors['watch'] {
  return {
    follow: (onPushed) => watch.follow(onPushed),
    desk(asker: Asker): Desk {
      const desk = watch.desk(asker);
      return {
        ask: async (verb, args) => {
          await started;
          return await desk.ask(verb, args);
        },
      };
    },
  };
}

function announce(
  { readyFile }: DaemonParts,
  ready: { sensors: readonly SensorStatus[]; blind: readonly Gap[]; socket: string; web: string | null },
): void {
  if (readyFile === undefined) return;
  const { socket, web, sensors, blind } = ready;
  writeReadyFile(readyFile, { pid: process.pid, socket, web, sensors, blind });
}

async function openControl(settings: Settings, { watch, host }: Doors, stack: AsyncDisposableStack): Promise<string> {
  const path = controlPath(settings.stateDir, { uid: process.getuid?.() ?? 0, env: process.env });
  const control = await serveControl({
    path,
    stateDir: settings.stateDir,
    admit: (socket) => admit(socket, host, path),
    deskFor: (asker) => watch.desk(asker),
    follow: (onPushed) => watch.follow(onPushed),
    rehearse: (names) => rehearse(names, { host, follow: (onPushed) => watch.follow(onPushed) }),
  });
  stack.use(control);
  return path;
}

function onSignals(stop: AbortController, { log, reread }: DaemonParts): Disposable {
  const onStop = (signal: NodeJS.Signals): void => {
    // A second signal means that somebody waits: the store survives a kill at any moment.
    if (stop.signal.aborted) process.exit(signal === 'SIGINT' ? 130 : 143);
    stop.abort(new Error(`stopped by ${signal}`));
  };
  const onHangup = (): void => log(reread());
  // What is stored is whole at every moment; a watch that goes on after a fault of its own could be blind without knowing.
  const onFault = (error: Error): void => {
    log(`Telltale failed and ends: ${error.stack ?? error.message}`);
    process.exit(exit.internal);
  };
  process.on('SIGTERM', onStop).on('SIGINT', onStop).on('SIGHUP', onHangup).on('uncaughtException', onFault);
  return {
    [Symbol.dispose]: () => {
      process.off('SIGTERM', onStop).off('SIGINT', onStop).off('SIGHUP', onHangup).off('uncaughtException', onFault);
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) done();
    else signal.addEventListener('abort', () => done(), { once: true });
  });
}
