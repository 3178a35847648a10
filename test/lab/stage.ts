/** A watch on a stage: made-up machine, scene, channel and store, with a clock that the test moves. */

import { createWatch } from '#engine/watch.ts';
import type { Watch } from '#engine/watch-parts.ts';
import type { Store } from '#model/store.ts';
import { openStore } from '#store/open.ts';
import { type FakeHost, fakeHost } from './fake-host.ts';
import { doorRules, FakeChannel, plainWords, Scene } from './fake-watch.ts';
import { makeTemp } from './temp.ts';

/** A watch over a made-up machine with a clock of its own. */
export interface Stage extends AsyncDisposable {
  readonly host: FakeHost;
  readonly scene: Scene;
  readonly file: FakeChannel;
  readonly store: Store;
  readonly watch: Watch;
  /** Ends the watch in order and starts another on the same state. */
  again(): Promise<Stage>;
}

/** Who asks in tests. */
export const terminal = { name: 'root', uid: 0, via: 'terminal' } as const;

/** Opens a store in a folder of its own and starts a watch; disposing of it removes everything. */
export async function stage(
  more: { scene?: Scene; host?: FakeHost; path?: string; channels?: FakeChannel[]; start?: boolean } = {},
): Promise<Stage> {
  await using stack = new AsyncDisposableStack();
  const temp = more.path === undefined ? stack.use(await makeTemp()) : { path: more.path };
  const host = more.host ?? fakeHost();
  const scene = more.scene ?? new Scene();
  const file = new FakeChannel('file', 'alerts');
  const store = stack.use(openStore({ stateDir: `${temp.path}/state`, host, mode: 'write' }));
  const channels = [file, ...(more.channels ?? [])];
  const watch = stack.use(
    createWatch({
      host,
      store,
      sensors: [scene.sensor],
      listeners: [scene.listener],
      rules: doorRules,
      channels,
      words: plainWords,
      version: 'test',
    }),
  );
  if (more.start !== false) await start(watch, host);
  const owned = stack.move();
  return {
    host,
    scene,
    file,
    store,
    watch,
    async again() {
      await watch[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
      const next = new Scene();
      next.rows = scene.rows;
      const renewed = await stage({ host, scene: next, path: temp.path, channels: more.channels ?? [] });
      owned.use(renewed);
      return renewed;
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

/** Starts a watch and lets the time pass that its first look takes. */
export async function start(watch: Watch, host: FakeHost): Promise<void> {
  const started = watch.start(new AbortController().signal);
  await host.clock.advance(5_000);
  await started;
}

/** What a channel was told, a line each. */
export const lines = (channel: FakeChannel): string[] =>
  channel.told.map(
    ({ alert, update }) => `${update ? 'update ' : ''}${alert.state} ${alert.count}× ${alert.finding.title}`,
  );
