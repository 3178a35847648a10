/** A watch whose doors are attackers, and a responder that writes down what it is told. */

import type { AnswerParts } from '#engine/responding.ts';
import { createWatch } from '#engine/watch.ts';
import type { Watch } from '#engine/watch-parts.ts';
import type { Action, AnswerSettings, Applied, BlockKind, KernelBlock, NeverBlock } from '#model/responder.ts';
import { defineRule, type Rule } from '#model/sensor.ts';
import type { Store } from '#model/store.ts';
import type { Desk } from '#model/verbs.ts';
import { openStore } from '#store/open.ts';
import { type FakeHost, fakeHost } from './fake-host.ts';
import { type Door, doors, plainWords, Scene } from './fake-watch.ts';
import { start, terminal } from './stage.ts';
import { makeTemp } from './temp.ts';

/** Each door is a scan: `exe` is the source, `held` says that it is confirmed, `state` may be "decoy". */
const scanRule: Rule = defineRule<Door>({
  id: 'port-scan',
  doc: 'Somebody scans.',
  on: 'doors',
  table: doors,
  attack: [],
  types: ['added', 'changed'],
  samples: [],
  judge({ change }) {
    if (change.type === 'removed') return undefined;
    const { exe, port, held, state } = change.after;
    return {
      severity: 'medium',
      subject: `${exe} ${port}`,
      title: `${exe} scans`,
      why: 'because',
      next: 'look',
      facts: { confirmed: held, decoy: state === 'decoy', port, protocol: 'tcp' },
      source: { ip: exe },
    };
  },
});

/** What stands at the made-up machine. */
export class FakeResponder {
  readonly standing = new Map<string, Action>();
  readonly did: string[] = [];
  kernel: KernelBlock[] = [];
  /** As the kernel's news would. */
  tell: (blocks: readonly KernelBlock[]) => void = () => undefined;
  failing = '';
  gone = false;
  readonly #kinds: readonly BlockKind[];
  readonly #name: string;

  constructor(name = 'fake', kinds: readonly BlockKind[] = ['drop', 'rate-limit']) {
    this.#name = name;
    this.#kinds = kinds;
  }

  targets(): string[] {
    return [...this.standing.values()].map(({ target, kind }) => (kind === 'drop' ? target : `${target} slow`)).sort();
  }

  way(): AnswerParts['ways'][number] {
    const act = (
      verb: string,
      actions: readonly Action[],
      each: (action: Action) => void,
    ): Promise<readonly Applied[]> => {
      for (const { target } of actions) this.did.push(`${this.#name} ${verb} ${target}`);
      if (this.failing !== '') return Promise.resolve(actions.map(({ id }) => ({ id, failure: this.failing })));
      for (const action of actions) each(action);
      return Promise.resolve(actions.map(({ id }) => ({ id, undo: { at: this.#name } })));
    };
    return {
      name: this.#name,
      kinds: this.#kinds,
      open: () =>
        Promise.resolve({
          apply: (actions) => act('apply', actions, (action) => this.standing.set(action.id, action)),
          undo: (actions) => act('undo', actions, ({ id }) => this.standing.delete(id)),
          restore: (actions) => {
            this.standing.clear();
            this.gone = false;
            return act('restore', actions, (action) => this.standing.set(action.id, action));
          },
          clear: () => {
            this.did.push(`${this.#name} clear`);
            this.standing.clear();
            return Promise.resolve();
          },
          intact: () => Promise.resolve(!this.gone),
          kernelBlocks: () => Promise.resolve(this.kernel),
          hearKernel: (heard) => (this.tell = heard),
        }),
    };
  }
}

export const answerSettings: AnswerSettings = {
  mode: 'on',
  responders: [],
  forMs: 3_600_000,
  grow: 2,
  longestMs: 86_400_000,
  cap: 3,
  never: [],
  neverFiles: [],
  unconfirmed: 'rate-limit',
  rules: ['port-scan'],
  graceMs: 600_000,
  keep: false,
};

export interface AnswerStage extends AsyncDisposable {
  readonly host: FakeHost;
  readonly scene: Scene;
  readonly responder: FakeResponder;
  readonly never: NeverBlock[];
  readonly store: Store;
  readonly watch: Watch;
  readonly desk: Desk;
  /** Somebody scans from there; the answer is given when it resolves. */
  scan(ip: string, more?: Partial<Door>): Promise<void>;
  /** Ends the watch (or lets it die) and starts another on the same state. */
  again(how: 'stop' | 'kill', settings?: Partial<AnswerSettings>): Promise<AnswerStage>;
}

interface Kept {
  readonly path: string;
  readonly host: FakeHost;
  readonly responder: FakeResponder;
  readonly never: NeverBlock[];
  readonly ways?: AnswerParts['ways'];
}

/** Time goes on while a verb is answered: the store waits for its clock before it writes. */
function moving(desk: Desk, host: FakeHost): Desk {
  return {
    async ask(verb, args) {
      const asked = desk.ask(verb, args);
      const state = { over: false };
      const over = (): void => void (state.over = true);
      asked.then(over, over);
      while (!state.over) await host.clock.advance(20);
      return await asked;
    },
  };
}

/** A running watch that answers. */
export async function answerStage(settings: Partial<AnswerSettings> = {}, kept?: Partial<Kept>): Promise<AnswerStage> {
  await using stack = new AsyncDisposableStack();
  const path = kept?.path ?? stack.use(await makeTemp()).path;
  const { host = fakeHost(), responder = new FakeResponder(), never = [] } = kept ?? {};
  const ways = kept?.ways ?? [responder.way()];
  const scene = new Scene();
  const store = stack.use(openStore({ stateDir: `${path}/state`, host, mode: 'write' }));
  const watch = stack.use(
    createWatch({
      host,
      store,
      sensors: [scene.sensor],
      listeners: [scene.listener],
      rules: [scanRule],
      channels: [],
      words: plainWords,
      version: 'test',
      answers: {
        settings: { ...answerSettings, ...settings },
        ways,
        neverBlock: async () => await Promise.resolve([...never]),
      },
    }),
  );
  await start(watch, host);
  const owned = stack.move();
  let port = 1;
  return {
    host,
    scene,
    responder,
    never,
    store,
    watch,
    desk: moving(watch.desk(terminal), host),
    async scan(ip, more = {}) {
      port += 1;
      const row: Door = {
        port,
        exe: ip,
        state: 'present',
        pid: 1,
        held: true,
        file: '',
        deed: '',
        part: false,
        ...more,
      };
      scene.rows = [...scene.rows, row];
      scene.appear(row, host.clock.nowMs());
      await host.clock.advance(200);
    },
    async again(how, other) {
      const before = new Map(responder.standing);
      await watch[Symbol.asyncDispose]();
      // Killed: nothing was cleared.
      if (how === 'kill') for (const [id, action] of before) responder.standing.set(id, action);
      await store[Symbol.asyncDispose]();
      responder.did.length = 0;
      const next = await answerStage({ ...settings, ...other }, { path, host, responder, never, ways });
      owned.use(next);
      return next;
    },
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}
