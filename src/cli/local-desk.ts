/** Puts the watch together: for the daemon, and for a terminal that must look itself because no daemon runs. */

import { defaultStateDir } from '#config/default-paths.ts';
import { createWatch } from '#engine/watch.ts';
import type { Watch } from '#engine/watch-parts.ts';
import { openClock } from '#host/clock.ts';
import { openLiveHost } from '#host/live.ts';
import { proveMounts } from '#host/stalling-mounts.ts';
import type { Host } from '#model/host.ts';
import type { Settings } from '#model/settings.ts';
import type { Store } from '#model/store.ts';
import { type Asker, VerbError } from '#model/verbs.ts';
import { openFileIndex } from '#store/file-index.ts';
import { openStore } from '#store/open.ts';
import { wordsFor } from '#views/words.ts';
import type { answersFor as AnswersFor } from './answers.ts';
import { commandAnywhere } from './command-name.ts';
import { alertFiles, namedPrograms } from './named-programs.ts';
import { build, programFolder, version } from './own-version.ts';
import { sightOf } from './sight.ts';
import { tagOf } from './state-tag.ts';
import { walkProgress } from './walk-progress.ts';

/** A watch with its host; disposing closes both and the store. */
export interface Assembled extends AsyncDisposable {
  readonly watch: Watch;
  readonly host: Host;
}

/** `read` never writes and needs no lock; `nothing` looks with an empty memory that is thrown away. */
export type Memory = 'write' | 'read' | 'nothing';

/** When all files of the machine are walked over. */
export type Walks = NonNullable<Host['integrity']>['walks'];

/** Opens the host, the store and the watch; throws VerbError "LOCKED", "NO_STATE" and others of the store. */
export async function assemble(settings: Settings, memory: Memory, walks: Walks = 'never'): Promise<Assembled> {
  await using stack = new AsyncDisposableStack();
  const { stateDir } = settings;
  await proveMounts();
  const store = storeOf(settings, memory);
  stack.use(store);
  // From here on the lock is held where we write: only then may tracing under the name of this directory be touched.
  const { namespaces } = settings.watch;
  const host = stack.use(
    openLiveHost({
      namespaces,
      home: {
        program: programFolder(),
        node: process.execPath,
        settings: settingsFile(settings, store),
        stateDir,
        programs: namedPrograms(settings),
        alertFiles: alertFiles(settings),
      },
      checks: settings.checks,
      ...(memory === 'write' && { tag: tagOf(stateDir) }),
      ...(settings.scans.watch && {
        scans: {
          settings: settings.scans,
          filterIsOurs: isNftablesOn(settings.answers),
          ...(memory === 'write' && { keptIn: stateDir }),
        },
      }),
      integrity: {
        settings: settings.files,
        stateDir,
        walks,
        ...(walks === 'at-look' && { onProgress: walkProgress(process.stderr) }),
        openIndex: () => openFileIndex(stateDir, memory),
      },
    }),
  );
  const stop = new AbortController();
  stack.defer(() => stop.abort());
  const tag = memory === 'write' ? tagOf(stateDir) : undefined;
  const retired = new Set(store.blocks('standing').flatMap(({ done }) => Object.keys(done)));
  const watch = createWatch({
    host,
    answers: await answersHere({ settings, host, tag, signal: stop.signal, retired }),
    store,
    ...(await sightOf()),
    channels: await channelsOf(settings),
    words: wordsFor(commandAnywhere()),
    version: version(),
    ...(memory === 'write' && { build: build() }),
    keepMs: settings.keepMs,
  });
  stack.use(watch);
  host.own.add(process.pid);
  const opened = stack.move();
  return { watch, host, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

function storeOf(settings: Settings, mode: Memory): Store {
  const { stateDir } = settings;
  const outside = { alertFiles: alertFiles(settings), ...witnessOf(stateDir) };
  return openStore({ stateDir, host: { clock: openClock() }, mode, ...outside });
}

async function answersHere(parts: Parameters<typeof AnswersFor>[0]): ReturnType<typeof AnswersFor> {
  const { answersFor } = await import('./answers.ts');
  return await answersFor(parts);
}

const settingsValue = 'settings.file';

/** A command without --config asks about the same settings as the daemon before it: they are part of what is watched. */
function settingsFile({ file }: Settings, store: Store): string {
  if (file === undefined) return store.value(settingsValue) ?? '';
  if (store.mode === 'write' && store.value(settingsValue) !== file)
    void store.write([{ kind: 'value', name: settingsValue, value: file }]);
  return file;
}

/** The notifier of each channel in the settings. */
export async function channelsOf(settings: Settings) {
  if (settings.notifiers.length === 0) return [];
  // Loaded only where there are channels: the mailer alone costs more than a look at the sockets.
  const { notifiers } = await import('#notifiers/index.ts');
  return settings.notifiers.map((channel) => {
    const notifier = notifiers.find(({ name }) => name === channel.type);
    if (notifier === undefined) throw new VerbError('CONFIG', `Unknown channel "${channel.type}"`);
    return { settings: channel, notifier };
  });
}

/** Who asks in this process, for the record: "root", "marta (uid 1000)". */
export function askerHere(host: Pick<Host, 'userName'>, via: Asker['via'] = 'terminal'): Asker {
  const uid = process.getuid?.() ?? 0;
  return { name: askerName(host.userName(uid), uid), uid, via };
}

/** The name and, for all but root, the number, because names are changed and given again. */
export function askerName(name: string, uid: number): string {
  return uid === 0 ? name : `${name} (uid ${uid})`;
}

/** Blocks through nftables are on: no responder in the list means nftables. */
function isNftablesOn({ mode, responders }: Settings['answers']): boolean {
  return mode === 'on' && (responders.length === 0 || responders.some(({ type }) => type === 'nftables'));
}

/** Only of the service itself: whoever tries something with a state directory of their own leaves nothing in /run. */
function witnessOf(stateDir: string): { readonly witness?: string } {
  return process.getuid?.() === 0 && stateDir === defaultStateDir({ uid: 0, env: {} })
    ? { witness: '/run/telltale/known' }
    : {};
}
