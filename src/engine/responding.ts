/** Carries blocks out through the responders, in their order, and takes them down in the opposite one. */

import type { IpPrefix } from '#lib/ip-prefix.ts';
import {
  type Action,
  type AnswerSettings,
  type Applied,
  type Block,
  type BlockDone,
  type BlockKind,
  hasFailed,
  type KernelBlock,
  type NeverBlock,
  type OpenResponder,
} from '#model/responder.ts';

/** A responder with its settings, not yet opened. */
export interface Way {
  readonly name: string;
  readonly kinds: readonly BlockKind[];
  open(): Promise<OpenResponder>;
}

/** What the watch gets to answer with. */
export interface AnswerParts {
  readonly settings: AnswerSettings;
  /** In the order in which they act. */
  readonly ways: readonly Way[];
  /** Who is never blocked, read from the machine now. */
  neverBlock(signal: AbortSignal): Promise<readonly NeverBlock[]>;
}

interface Opened {
  readonly way: Way;
  readonly responder: OpenResponder;
}

export class Responding {
  readonly #ways: readonly Way[];
  readonly kinds: ReadonlySet<BlockKind>;
  #opened: Promise<readonly Opened[]> | undefined;

  constructor(ways: readonly Way[]) {
    this.#ways = ways;
    this.kinds = new Set(ways.flatMap(({ kinds }) => kinds));
  }

  /** Puts up; the blocks come back with what became of them. `failed`: nothing of it stands. */
  async apply(blocks: readonly Block[]): Promise<readonly Block[]> {
    return await this.#through(await this.#all(), blocks, (responder, actions) => responder.apply(actions));
  }

  /** Takes down what stands, the last responder first; a failure there is kept in the block. */
  async undo(blocks: readonly Block[]): Promise<readonly Block[]> {
    const back = (await this.#all()).toReversed();
    return await this.#through(back, blocks, (responder, actions) => responder.undo(actions), isUp);
  }

  /** See `OpenResponder.restore`. */
  async restore(standing: readonly Block[], over: readonly Block[]): Promise<readonly Block[]> {
    const opened = await this.#all();
    return await this.#through(opened, standing, async (responder, actions) => {
      const way = opened.find((candidate) => candidate.responder === responder)?.way.name ?? '';
      return await responder.restore(
        actions,
        over.map((block) => actionOf(block, way)),
      );
    });
  }

  /** Takes away everything of ours from the machine. */
  async clear(standing: readonly Block[]): Promise<void> {
    for (const { way, responder } of (await this.#all()).toReversed())
      await responder.clear(standing.map((block) => actionOf(block, way.name)));
  }

  async spare(prefixes: readonly IpPrefix[]): Promise<void> {
    for (const { responder } of await this.#all()) await responder.spare?.(prefixes);
  }

  async kernelBlocks(): Promise<readonly (KernelBlock & { readonly responder: string })[]> {
    const found: (KernelBlock & { readonly responder: string })[] = [];
    for (const { way, responder } of await this.#all())
      for (const block of (await responder.kernelBlocks?.()) ?? []) found.push({ ...block, responder: way.name });
    return found;
  }

  /** News of what the kernel blocked; see `OpenResponder.hearKernel`. */
  async hearKernel(heard: (blocks: readonly (KernelBlock & { readonly responder: string })[]) => void): Promise<void> {
    for (const { way, responder } of await this.#all())
      responder.hearKernel?.((blocks) => heard(blocks.map((block) => ({ ...block, responder: way.name }))));
  }

  /** Whether what was put up still stands, as far as the responders can tell. */
  async intact(): Promise<boolean> {
    for (const { responder } of await this.#all()) if ((await responder.intact?.()) === false) return false;
    return true;
  }

  async #all(): Promise<readonly Opened[]> {
    this.#opened ??= Promise.all(this.#ways.map(async (way) => ({ way, responder: await way.open() })));
    return await this.#opened;
  }

  async #through(
    opened: readonly Opened[],
    blocks: readonly Block[],
    act: (responder: OpenResponder, actions: readonly Action[]) => Promise<readonly Applied[]>,
    wants: (block: Block, way: string) => boolean = () => true,
  ): Promise<readonly Block[]> {
    let at = [...blocks];
    for (const { way, responder } of opened) {
      const meant = at.filter((block) => way.kinds.includes(block.kind) && wants(block, way.name));
      const actions = meant.map((block) => actionOf(block, way.name));
      const applied = new Map((await tried(actions, () => act(responder, actions))).map((one) => [one.id, one]));
      at = at.map((block) => withDone(block, way.name, applied.get(block.id)));
    }
    return at.map(settled);
  }
}

/** An error of ours in a responder is that block's failure, not the end of the watch. */
async function tried(actions: readonly Action[], act: () => Promise<readonly Applied[]>): Promise<readonly Applied[]> {
  try {
    return await act();
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    return actions.map(({ id }) => ({ id, failure }));
  }
}

function isUp(block: Block, way: string): boolean {
  return block.done[way]?.state === 'active';
}

function actionOf(block: Block, responder: string): Action {
  const { id, target, kind, alert, state, reason, sinceMs, untilMs, port, mode, done } = block;
  const undo = done[responder]?.undo ?? {};
  return { id, responder, target, kind, alert, state, reason, sinceMs, untilMs, port, mode, undo };
}

function withDone(block: Block, way: string, applied: Applied | undefined): Block {
  if (applied === undefined) return block;
  const done: BlockDone = hasFailed(applied)
    ? { state: 'failed', undo: block.done[way]?.undo ?? {}, failure: applied.failure.slice(0, 500) }
    : { state: 'active', undo: applied.undo };
  return { ...block, done: { ...block.done, [way]: done } };
}

function settled(block: Block): Block {
  const states = Object.values(block.done).map(({ state }) => state);
  return { ...block, state: states.includes('active') ? 'active' : 'failed' };
}
